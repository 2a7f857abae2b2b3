/**
 * The tokens of a statement, each with its place.
 * @module
 */
import { placeOf, SqlError, type Statement } from './split.ts'

/** One token. */
export interface Token {
  readonly kind: 'word' | 'name' | 'text' | 'number' | 'sign' | 'end'
  /** Words in capitals; names and texts without their quotes. */
  readonly value: string
  /** As it is written. */
  readonly raw: string
  /** From the start of the statement, in UTF-16 units. */
  readonly at: number
}

/** Makes the error of a place in a statement. */
export type Refuse = (message: string, at: number) => SqlError

/** Makes errors whose places count from the start of the script. */
export function refuser({ text, line, column }: Statement): Refuse {
  return (message, at) => {
    const inside = placeOf(text, at)
    return new SqlError(message, {
      line: line + inside.line - 1,
      column: inside.line === 1 ? column + inside.column - 1 : inside.column,
    })
  }
}

const SPACE = /(?:\s|--[^\n]*|\/\*(?!\+)[\s\S]*?\*\/)+/y
const WORD = /[\p{L}_][\p{L}\p{N}_$]*/uy
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y
const TEXT = /'((?:[^']|'')*)'/y
const NAME = /`((?:[^`]|``)*)`/y
const SIGN = /<>|!=|<=|>=|\|\||=>|[-+*/%()[\]{},.;=<>:?]/y

/** The tokens of a statement, with one at its end. */
export function lex(text: string, refuse: Refuse): Token[] {
  const tokens: Token[] = []
  let at = 0
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    return pattern.exec(text)
  }
  for (;;) {
    at += take(SPACE)?.[0].length ?? 0
    if (at >= text.length) break
    const token = next()
    tokens.push(token)
    at += token.raw.length
  }
  tokens.push({ kind: 'end', value: 'the end of the statement', raw: '', at: text.length })
  return tokens

  function next(): Token {
    if (text.startsWith('/*+', at)) throw refuse('hints (/*+ … */) are not supported here', at)
    const word = take(WORD)?.[0]
    if (word !== undefined) {
      if (text.startsWith("'", at + word.length) && /^(?:[UXNB]|_\w+)$/i.test(word))
        throw refuse(`texts with the prefix ${word} are not supported here`, at)
      return { kind: 'word', value: word.toUpperCase(), raw: word, at }
    }
    const number = take(NUMBER)?.[0]
    if (number !== undefined) return { kind: 'number', value: number, raw: number, at }
    const quoted = take(TEXT)
    if (quoted)
      return { kind: 'text', value: (quoted[1] ?? '').replaceAll("''", "'"), raw: quoted[0], at }
    const name = take(NAME)
    if (name)
      return { kind: 'name', value: (name[1] ?? '').replaceAll('``', '`'), raw: name[0], at }
    const sign = take(SIGN)?.[0]
    if (sign !== undefined) return { kind: 'sign', value: sign, raw: sign, at }
    if (text.startsWith('"', at))
      throw refuse("double quotes mean nothing in Flink SQL: names have back-ticks, texts '", at)
    throw refuse(`"${text.charAt(at)}" is no part of the language`, at)
  }
}
