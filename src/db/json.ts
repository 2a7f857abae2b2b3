/**
 * JSON columns: text in the database, a typed value in code, converted in the open.
 * @module
 */

/** The text of a JSON column that holds a `T`. */
export type Json<T> = string & { readonly __json?: T }

/** What SQLite cannot read again is not to be written: one such row fails every query that looks into its column. */
export class TooDeep extends RangeError {
  override readonly name = 'TooDeep'

  constructor(options?: ErrorOptions) {
    super(`This is nested more than ${DEEPEST} levels deep: make it flatter`, options)
  }
}

/** SQLite itself ends at 1000, with what it puts around a value counted. */
const DEEPEST = 900

/** A value as the text of a JSON column. Throws TooDeep for one that the database could not read. */
export function toJson<T>(value: T): Json<T> {
  const text = stringify(value)
  if (text !== undefined && text.length > 2 * DEEPEST && isDeep(text)) throw new TooDeep()
  return text as Json<T>
}

function stringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value) as string | undefined
  } catch (error) {
    // The engine gives up by its stack, at a depth that nobody promises.
    if (error instanceof RangeError) throw new TooDeep({ cause: error })
    throw error
  }
}

/** Whether a text of JSON opens more brackets than it closes, by more than that. */
function isDeep(text: string): boolean {
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOf(text, at)
    else if (code === OPEN_LIST || code === OPEN_OBJECT) {
      depth += 1
      if (depth > DEEPEST) return true
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth -= 1
  }
  return false
}

const [QUOTE, OPEN_LIST, OPEN_OBJECT, CLOSE_LIST, CLOSE_OBJECT] = [0x22, 0x5b, 0x7b, 0x5d, 0x7d]

/** The quote at the end of the string that begins there. */
function endOf(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); ; at = text.indexOf('"', at + 1)) {
    let before = at - 1
    while (text.charAt(before) === '\\') before -= 1
    if ((at - before) % 2 === 1) return at
  }
}

/** The value that a JSON column holds. */
export function fromJson<T>(text: Json<T>): T {
  return JSON.parse(text) as T
}
