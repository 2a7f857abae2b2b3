// Makes charts answer the pointer: the value under it, and the threshold of a matrix of hits and misses. The numbers are
// those of the table behind each chart; without this script that table is the way to them.

document.addEventListener('pointermove', (event) => {
  const svg = event.target.closest?.('.chart > svg')
  for (const shown of document.querySelectorAll('.chart-tip')) {
    if (shown.parentElement !== svg?.parentElement) shown.remove()
  }
  if (svg) pointAt(svg, event)
})

document.addEventListener('input', (event) => {
  const figure = event.target.closest?.('[data-confusion]')
  if (figure) cutAt(figure, Number(event.target.value))
})

for (const name of ['htmx:after:swap', 'htmx:sse:after:message', 'DOMContentLoaded']) {
  document.addEventListener(name, showSliders)
}
showSliders()

function showSliders() {
  for (const slider of document.querySelectorAll('[data-cut][hidden]')) slider.hidden = false
}

function cutAt(figure, at) {
  const cut = JSON.parse(figure.dataset.confusion)[at]
  if (!cut) return
  const [threshold, tp, fp, fn, tn] = cut
  const share = (part, whole) => (whole === 0 ? 0 : part / whole)
  const counts = { threshold, tp, fp, fn, tn }
  for (const cell of figure.querySelectorAll('[data-count]')) {
    cell.textContent = words(counts[cell.dataset.count])
  }
  const rates = {
    Precision: share(tp, tp + fp),
    Recall: share(tp, tp + fn),
    F1: share(2 * tp, 2 * tp + fp + fn),
    Accuracy: share(tp + tn, tp + fp + fn + tn),
  }
  for (const cell of figure.querySelectorAll('[data-rate]')) {
    cell.textContent = words(rates[cell.dataset.rate])
  }
}

function words(value) {
  if (Number.isInteger(value)) return String(value).replace(/\B(?=(\d{3})+$)/g, '\u202f')
  return String(Number(value.toPrecision(4)))
}

// A line's path has one place for each row of its table, in the same order.
function pointAt(svg, event) {
  const figure = svg.parentElement
  const paths = [...svg.querySelectorAll('.series > path.line')]
  const tables = [...figure.querySelectorAll('.numbers table')]
  if (paths.length === 0 || paths.length !== tables.length) return
  const box = svg.getBoundingClientRect()
  const view = svg.viewBox.baseVal
  const x = ((event.clientX - box.left) / box.width) * view.width
  const lines = paths.flatMap((path, index) => {
    const places = [...path.getAttribute('d').matchAll(/[ML]([\d.-]+) ([\d.-]+)/g)]
    const rows = tables[index].tBodies[0].rows
    const at = nearest(places, x)
    const row = rows[at]
    if (!row) return []
    const name = tables[index].caption?.textContent ?? ''
    return [{ name, x: row.cells[0].textContent, y: row.cells[1].textContent, place: places[at] }]
  })
  if (lines.length === 0) return
  const tip = figure.querySelector('.chart-tip') ?? figure.appendChild(document.createElement('div'))
  tip.className = 'chart-tip'
  tip.setAttribute('aria-hidden', 'true')
  const rows = lines.map((line) => {
    const row = document.createElement('div')
    row.textContent = `${line.name}: ${line.y}`
    return row
  })
  const head = document.createElement('strong')
  head.textContent = lines[0].x
  tip.replaceChildren(head, ...rows)
  const left = (Number(lines[0].place[1]) / view.width) * box.width
  const isRight = left > box.width / 2
  tip.style.top = `${svg.offsetTop + 8}px`
  tip.style.left = isRight ? '' : `${svg.offsetLeft + left + 12}px`
  tip.style.right = isRight ? `${figure.clientWidth - svg.offsetLeft - left + 12}px` : ''
}

function nearest(places, x) {
  let best = 0
  places.forEach((place, index) => {
    if (Math.abs(place[1] - x) < Math.abs(places[best][1] - x)) best = index
  })
  return best
}
