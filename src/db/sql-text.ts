/**
 * SQL text as SQLite's own tokenizer cuts it: enough to tell statements apart, find their parameters and know every
 * name in them. Comments, quotes and parameters follow `tokenize.c`; whatever is not understood there fails here too.
 * @module
 */

/** One token; comments and white space are none. */
export interface SqlToken {
  /** `name` is a quoted name, `text` a literal in single quotes. */
  readonly kind: 'word' | 'name' | 'text' | 'variable' | 'sign'
  /** As SQLite understands it: words and quoted names in lower case, quotes removed; variables as written. */
  readonly value: string
  readonly start: number
  readonly end: number
}

/** One statement without its semicolon. A trigger's body belongs to the statement that creates it. */
export interface SqlStatement {
  readonly text: string
  readonly tokens: readonly SqlToken[]
}

const QUOTES = new Map([
  ["'", "'"],
  ['"', '"'],
  ['`', '`'],
  ['[', ']'],
])
const SPACE = /[ \t\n\v\f\r\uFEFF]/
const NAME = /[A-Za-z0-9_$\u0080-\uFFFF]/

/** The statements of a text, empty ones left out. Throws a RangeError for a text that SQLite would cut short. */
export function splitStatements(sql: string): SqlStatement[] {
  const found: SqlStatement[] = []
  let tokens: SqlToken[] = []
  const finish = () => {
    const last = tokens.at(-1)
    if (last) found.push({ text: sql.slice(tokens[0].start, last.end), tokens })
    tokens = []
  }
  for (const token of tokenize(sql)) {
    const ends = token.kind === 'sign' && token.value === ';'
    if (ends && (!createsTrigger(tokens) || endsTrigger(tokens))) finish()
    else tokens.push(token)
  }
  finish()
  return found
}

/** The tokens of a text. Throws a RangeError where it has a NUL, at which SQLite would stop to read. */
export function* tokenize(sql: string): Generator<SqlToken> {
  if (sql.includes('\0')) throw new RangeError('The SQL text has a NUL character: remove it')
  for (let at = 0; at < sql.length;) {
    const start = at
    const char = sql[at]
    const close = QUOTES.get(char)
    if (SPACE.test(char)) {
      at++
    } else if (sql.startsWith('--', at)) {
      at = indexAfter(sql, '\n', at)
    } else if (sql.startsWith('/*', at)) {
      at = indexAfter(sql, '*/', at + 2)
    } else if (close !== undefined) {
      at = afterQuote(sql, at, close)
      const text = unquote(sql.slice(start, at), close)
      if (char === "'") yield { kind: 'text', value: text, start, end: at }
      else yield { kind: 'name', value: text.toLowerCase(), start, end: at }
    } else if (char === '?') {
      while (/[?\d]/.test(sql[at] ?? '') && (at === start || sql[at] !== '?')) at++
      yield { kind: 'variable', value: sql.slice(start, at), start, end: at }
    } else if (/[$@#:]/.test(char)) {
      at = afterVariable(sql, at)
      const value = sql.slice(start, at)
      yield { kind: value.length > 1 ? 'variable' : 'sign', value, start, end: at }
    } else if (NAME.test(char)) {
      while (at < sql.length && NAME.test(sql[at])) at++
      yield { kind: 'word', value: sql.slice(start, at).toLowerCase(), start, end: at }
    } else {
      at++
      yield { kind: 'sign', value: char, start, end: at }
    }
  }
}

/** The parameters of a statement by number, from 1: their names as written, null for `?` and for gaps. */
export function parametersOf(statement: SqlStatement): (string | null)[] {
  const names: (string | null)[] = []
  for (const { kind, value } of statement.tokens) {
    if (kind !== 'variable') continue
    if (value === '?') names.push(null)
    else if (value.startsWith('?')) {
      const number = Number(value.slice(1))
      // SQLite's own most; beyond it the statement cannot be prepared.
      if (number < 1 || number > 32_766) throw new RangeError(`Parameter ${value} is out of range`)
      while (names.length < number) names.push(null)
      names[number - 1] = value
    } else if (!names.includes(value)) names.push(value)
  }
  return names
}

function createsTrigger(tokens: readonly SqlToken[]): boolean {
  const words = tokens.slice(0, 6).map((token) => (token.kind === 'word' ? token.value : ''))
  const [first, second, third] = words[0] === 'explain' ? skipExplain(words) : words
  if (first !== 'create') return false
  return second === 'trigger' || (/^temp(orary)?$/.test(second ?? '') && third === 'trigger')
}

function skipExplain(words: readonly string[]): string[] {
  return words[1] === 'query' && words[2] === 'plan' ? words.slice(3) : words.slice(1)
}

/** A trigger ends with a semicolon, END, and a semicolon. */
function endsTrigger(tokens: readonly SqlToken[]): boolean {
  const [before, last] = tokens.slice(-2)
  return last?.kind === 'word' && last.value === 'end' && before?.value === ';'
}

function indexAfter(sql: string, mark: string, from: number): number {
  const found = sql.indexOf(mark, from)
  return found < 0 ? sql.length : found + mark.length
}

function afterQuote(sql: string, start: number, close: string): number {
  for (let at = start + 1; ; at += 2) {
    at = sql.indexOf(close, at)
    if (at < 0) throw new RangeError(`The SQL text has ${sql[start]} without an end`)
    // Brackets know no doubling.
    if (close === ']' || sql[at + 1] !== close) return at + 1
  }
}

function unquote(text: string, close: string): string {
  const inner = text.slice(1, -1)
  return close === ']' ? inner : inner.replaceAll(close + close, close)
}

/** `:name`, `@name`, `#name`, `$name`, with `::` inside and one suffix in parentheses, as Tcl writes them. */
function afterVariable(sql: string, start: number): number {
  let names = 0
  for (let at = start + 1; ; at++) {
    const char = sql[at] ?? ''
    if (char !== '' && NAME.test(char)) names++
    else if (char === '(' && names > 0) {
      const close = /[\s)]/.exec(sql.slice(at + 1))
      if (close?.[0] !== ')') throw new RangeError('The SQL text has a parameter without its ")"')
      return at + 1 + close.index + 1
    } else if (char === ':' && sql[at + 1] === ':') at++
    else return at
  }
}
