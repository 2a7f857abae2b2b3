// The text of a flow's graph: numbers beside its lines, and the way from a problem to its place. Everything else of the
// editor is HTML from the server; without this script it works as well.

// Not a style attribute, which the policy forbids to whatever copies the element.
const sheet = new CSSStyleSheet()
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
let shown = ''

const CHANGES = ['htmx:after:swap', 'DOMContentLoaded', 'input']
for (const name of CHANGES) document.addEventListener(name, number)
// It does not bubble.
document.addEventListener('scroll', follow, true)
number()

document.addEventListener('click', (event) => {
  const link = event.target.closest?.('[data-line]')
  const area = document.querySelector('textarea.dot')
  if (!link || !area) return
  event.preventDefault()
  const lines = area.value.split('\n')
  const line = Math.min(Number(link.dataset.line), lines.length) - 1
  const start = lines.slice(0, line).reduce((sum, text) => sum + text.length + 1, 0)
  const at = start + Math.min(Number(link.dataset.column) - 1, lines[line].length)
  area.focus()
  area.setSelectionRange(at, start + lines[line].length)
  area.scrollTop = Math.max(0, (line - 3) * lineHeight(area))
})

function number() {
  const area = document.querySelector('textarea.dot')
  if (!area) return
  const field = area.parentElement
  let gutter = field.querySelector('.gutter')
  if (!gutter) {
    gutter = document.createElement('div')
    gutter.className = 'gutter'
    gutter.ariaHidden = 'true'
    field.append(gutter)
    field.closest('.dot-field').classList.add('numbered')
  }
  const wrong = new Set(
    [...document.querySelectorAll('#flow-problems [data-line]')].map((one) => one.dataset.line),
  )
  const count = area.value.split('\n').length
  while (gutter.childElementCount > count) gutter.lastElementChild.remove()
  while (gutter.childElementCount < count) {
    const line = document.createElement('div')
    line.textContent = String(gutter.childElementCount + 1)
    gutter.append(line)
  }
  for (const line of gutter.children) line.className = wrong.has(line.textContent) ? 'wrong' : ''
  follow()
}

function follow() {
  const area = document.querySelector('textarea.dot')
  const gutter = area?.parentElement.querySelector('.gutter')
  if (!gutter) return
  const look = getComputedStyle(area)
  const rule = `.gutter {
    font-size: ${look.fontSize}; line-height: ${look.lineHeight}; padding-top: ${look.paddingTop};
    top: ${area.offsetTop + 1}px; height: ${area.clientHeight}px;
  }`
  if (rule !== shown) sheet.replaceSync((shown = rule))
  gutter.scrollTop = area.scrollTop
}

function lineHeight(area) {
  return Number.parseFloat(getComputedStyle(area).lineHeight)
}
