/**
 * Lays a script of SQL out: keywords in capitals, a clause a line, two spaces of indent within parentheses of a query.
 * Words, texts and comments stay as they are and in their order.
 * @module
 */
import { type Token, tokensOf } from './tokens.ts'

/** Words that begin a line of their own, outside of parentheses that hold no query. */
const CLAUSES = new Set(
  `SELECT FROM WHERE GROUP HAVING ORDER LIMIT WINDOW UNION INTERSECT EXCEPT VALUES JOIN LEFT RIGHT FULL INNER CROSS ON INSERT`.split(
    ' ',
  ),
)
/** After these a clause goes on. */
const JOINED = new Set(['LEFT', 'RIGHT', 'FULL', 'INNER', 'CROSS', 'OUTER', 'NATURAL'])

/** Deeper queries are not indented any further. */
const DEEPEST = 16

/** The script, laid out. */
export function layOut(script: string): string {
  const tokens = tokensOf(script).filter(({ kind }) => kind !== 'space')
  /** For every open parenthesis whether it holds a query, and how many do. */
  const open: boolean[] = []
  let depth = 0
  const lines: string[] = []
  let text = ''
  const line = (): void => {
    if (text.trim() !== '') lines.push(text.trimEnd())
    text = '  '.repeat(Math.min(depth, DEEPEST))
  }
  let before: Token | undefined
  for (const [at, token] of tokens.entries()) {
    const word = token.kind === 'keyword' ? token.text.toUpperCase() : token.text
    const next = tokens[at + 1]
    const last = before?.kind === 'keyword' ? before.text.toUpperCase() : before?.text
    if (word === ')' && open.pop()) {
      depth -= 1
      line()
    }
    if (token.kind === 'comment') {
      line()
      text += token.text.trimEnd()
    } else if (before?.kind === 'comment') {
      line()
      text += word
    } else if (last === ';') {
      line()
      lines.push('')
      text += word
    } else if (startsLine(word, last, open)) {
      line()
      text += word
    } else text += `${isApart(before, token) ? ' ' : ''}${word}`
    if (word === '(') {
      const isQuery = next?.kind === 'keyword' && /^(select|with)$/i.test(next.text)
      open.push(isQuery)
      if (isQuery) {
        depth += 1
        line()
      }
    }
    before = token
  }
  line()
  return lines.map((each) => `${each}\n`).join('')
}

function startsLine(word: string, last: string | undefined, open: readonly boolean[]): boolean {
  if (!CLAUSES.has(word) || last === undefined || last === '(') return false
  if (open.at(-1) === false) return false
  if (word === 'FROM' && last === 'DISTINCT') return false
  return !(JOINED.has(last) && (word === 'JOIN' || JOINED.has(word)))
}

/** Whether there is a space between two tokens of a line. */
function isApart(before: Token | undefined, token: Token): boolean {
  if (before === undefined || before.text === '(' || before.text === '.') return false
  if (before.text === '[' || [')', ',', ';', '.', ']', '['].includes(token.text)) return false
  // A function and its arguments.
  if (token.text === '(') return before.kind !== 'name'
  return true
}
