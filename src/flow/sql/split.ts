/**
 * A script of SQL as its statements. Knows what a statement ends at, and nothing else of the language: comments,
 * quoted texts and names, and statement sets, which have semicolons inside.
 * @module
 */
import { FlowError } from '../error.ts'

/** A statement, and where it begins. */
export interface Statement {
  /** Without the semicolon at its end. */
  readonly text: string
  /** From 0, in UTF-16 units. */
  readonly offset: number
  /** From 1. */
  readonly line: number
  readonly column: number
}

/** Thrown for a script that cannot be split, with the place. */
export class SqlError extends FlowError {
  readonly line: number
  readonly column: number

  constructor(message: string, place: { readonly line: number; readonly column: number }) {
    super(`Line ${place.line}, column ${place.column}: ${message}`)
    this.line = place.line
    this.column = place.column
  }
}

/** Line and column of an offset, both from 1. */
export function placeOf(script: string, offset: number): { line: number; column: number } {
  const before = script.slice(0, offset)
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') }
}

/** What is skipped as a whole: comments, texts, quoted names. */
const OPAQUE = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|`(?:[^`]|``)*`|"(?:[^"]|"")*"/y
const WORD = /[\p{L}_][\p{L}\p{N}_$]*/uy

/** The statements of a script, empty ones left out. Throws SqlError for a quote, comment or statement set without end. */
export function splitStatements(script: string): Statement[] {
  const statements: Statement[] = []
  /** Where the statement's first word is, once there is one. */
  let start: number | undefined
  let set: number | undefined
  /** The words so far, as many as tell a statement set. */
  let words: string[] = []
  let at = 0

  const end = (to: number): void => {
    if (start !== undefined) {
      const text = script.slice(start, to).trimEnd()
      statements.push({ text, offset: start, ...placeOf(script, start) })
    }
    start = undefined
    words = []
  }

  while (at < script.length) {
    const character = script.charAt(at)
    OPAQUE.lastIndex = at
    const opaque = OPAQUE.exec(script)?.[0]
    if (opaque !== undefined) {
      const isComment = opaque.startsWith('--') || opaque.startsWith('/*')
      if (!isComment) start ??= at
      at += opaque.length
      continue
    }
    if ('\'`"'.includes(character))
      throw new SqlError(`the quote ${character} is not closed`, placeOf(script, at))
    if (script.startsWith('/*', at))
      throw new SqlError('the comment is not closed with */', placeOf(script, at))
    WORD.lastIndex = at
    const word = WORD.exec(script)?.[0]
    if (word !== undefined) {
      start ??= at
      if (set === undefined) {
        if (words.length < 4) words.push(word.toUpperCase())
        if (opensSet(words)) set = start
      } else if (word.toUpperCase() === 'END' && isLast(script, at + word.length)) {
        set = undefined
      }
      at += word.length
      continue
    }
    if (character === ';' && set === undefined) end(at)
    else if (!/\s/.test(character)) start ??= at
    at += 1
  }
  if (set !== undefined)
    throw new SqlError('the statement set is not closed with END', placeOf(script, set))
  end(script.length)
  return statements
}

function opensSet(words: readonly string[]): boolean {
  const text = words.join(' ')
  return text === 'BEGIN STATEMENT SET' || text === 'EXECUTE STATEMENT SET BEGIN'
}

/** Whether nothing but space and comments is between here and a semicolon, or the end. */
function isLast(script: string, from: number): boolean {
  return /^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*(?:;|$)/.test(script.slice(from))
}
