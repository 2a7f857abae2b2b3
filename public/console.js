// Keeps the console's pages current between two answers of the server: clocks, the length of the log, copying.
// Everything else is HTML from the server; without this script all pages still read well.

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

// Hosts disagree about the time; what is shown counts from the server's clock.
const served = Number(document.querySelector('meta[name="server-time"]')?.content)
const skew = Math.abs(served - Date.now()) > 5 * SECOND ? served - Date.now() : 0

// The same words as the server's, in views/text.
const WORDS = document.documentElement.lang.startsWith('zh')
  ? {
      now: '刚刚',
      copied: '已复制',
      refused: '此处不允许',
      past: (time) => `${time}前`,
      future: (time) => `${time}后`,
      seconds: (count) => `${count} 秒`,
      minutes: (count) => `${count} 分钟`,
      hours: (count) => `${count} 小时`,
      days: (count) => `${count} 天`,
      minutesAnd: (minutes, seconds) => `${minutes} 分 ${seconds} 秒`,
      hoursAnd: (hours, minutes) => `${hours} 小时 ${minutes} 分`,
      daysAnd: (days, hours) => `${days} 天 ${hours} 小时`,
    }
  : {
      now: 'just now',
      copied: 'Copied',
      refused: 'Not allowed here',
      past: (time) => `${time} ago`,
      future: (time) => `in ${time}`,
      seconds: (count) => `${count} s`,
      minutes: (count) => `${count} min`,
      hours: (count) => `${count} h`,
      days: (count) => `${count} d`,
      minutesAnd: (minutes, seconds) => `${minutes} min ${seconds} s`,
      hoursAnd: (hours, minutes) => `${hours} h ${minutes} min`,
      daysAnd: (days, hours) => `${days} d ${hours} h`,
    }

setInterval(tick, SECOND)
tick()

// htmx replaces parts of the page; what is new in them is made ready here.
for (const name of ['htmx:after:swap', 'htmx:sse:after:message', 'DOMContentLoaded']) {
  document.addEventListener(name, prepare)
}
prepare()

document.addEventListener('click', async (event) => {
  const button = event.target.closest?.('[data-copy]')
  if (!button) return
  const text = button.parentElement.querySelector('pre').textContent
  const words = button.firstChild
  const before = words.textContent
  try {
    await navigator.clipboard.writeText(text)
    words.textContent = WORDS.copied
  } catch {
    words.textContent = WORDS.refused
  }
  setTimeout(() => (words.textContent = before), 1500)
})

function prepare() {
  for (const list of document.querySelectorAll('[data-keep]')) {
    const surplus = list.children.length - Number(list.dataset.keep)
    for (let index = 0; index < surplus; index += 1) list.firstElementChild.remove()
  }
  for (const button of document.querySelectorAll('[data-copy][hidden]')) button.hidden = false
  tick()
}

function tick() {
  if (document.hidden) return
  const now = Date.now() + skew
  for (const element of document.querySelectorAll('[data-ago]')) {
    show(element, ago(now - Number(element.dataset.ago)))
  }
  for (const element of document.querySelectorAll('[data-since]')) {
    show(element, duration(now - Number(element.dataset.since)))
  }
}

function show(element, text) {
  if (element.textContent !== text) element.textContent = text
}

function ago(ms) {
  const size = Math.abs(ms)
  if (size < 5 * SECOND) return WORDS.now
  const text =
    size < MINUTE
      ? WORDS.seconds(Math.floor(size / SECOND))
      : size < HOUR
        ? WORDS.minutes(Math.floor(size / MINUTE))
        : size < DAY
          ? WORDS.hours(Math.floor(size / HOUR))
          : WORDS.days(Math.floor(size / DAY))
  return ms >= 0 ? WORDS.past(text) : WORDS.future(text)
}

function duration(ms) {
  const seconds = Math.max(0, Math.floor(ms / SECOND))
  const two = (value) => String(value).padStart(2, '0')
  if (seconds < 60) return WORDS.seconds(seconds)
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return WORDS.minutesAnd(minutes, two(seconds % 60))
  if (minutes < 1440) return WORDS.hoursAnd(Math.floor(minutes / 60), two(minutes % 60))
  return WORDS.daysAnd(Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60))
}

// A file that a form with data-put chooses is sent as it is, so that it may be larger than a form.
document.addEventListener('submit', async (event) => {
  const form = event.target
  const to = form.dataset?.put
  const file = to && form.querySelector('input[type=file]')?.files[0]
  if (!file) return
  event.preventDefault()
  const button = form.querySelector('button')
  let refusal = form.querySelector('[data-refusal]')
  const loggedOut = form.querySelector('[data-logged-out]')
  refusal.hidden = loggedOut.hidden = true
  button.disabled = true
  try {
    const answer = await fetch(`${to}/${encodeURIComponent(file.name)}`, { method: 'PUT', body: file })
    const { code, msg } = await answer.json()
    if (code === 0) return location.reload()
    if (answer.status === 401) refusal = loggedOut
    else refusal.textContent = msg
  } catch (error) {
    refusal.textContent = String(error)
  }
  refusal.hidden = false
  button.disabled = false
})
