// Keeps the console's pages current between two answers of the server: clocks, the length of the log, copying.
// Everything else is HTML from the server; without this script all pages still read well.

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

// Hosts disagree about the time; what is shown counts from the server's clock.
const served = Number(document.querySelector('meta[name="server-time"]')?.content)
const skew = Math.abs(served - Date.now()) > 5 * SECOND ? served - Date.now() : 0

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
    words.textContent = 'Copied'
  } catch {
    words.textContent = 'Not allowed here'
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
  if (size < 5 * SECOND) return 'just now'
  const text =
    size < MINUTE
      ? `${Math.floor(size / SECOND)} s`
      : size < HOUR
        ? `${Math.floor(size / MINUTE)} min`
        : size < DAY
          ? `${Math.floor(size / HOUR)} h`
          : `${Math.floor(size / DAY)} d`
  return ms >= 0 ? `${text} ago` : `in ${text}`
}

function duration(ms) {
  const seconds = Math.max(0, Math.floor(ms / SECOND))
  const two = (value) => String(value).padStart(2, '0')
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`
  return `${Math.floor(minutes / 1440)} d ${Math.floor((minutes % 1440) / 60)} h`
}
