/**
 * Where a text stops being JSON. Engines tell that for some faults only, and each in words of its own.
 * @module
 */

const SPACE = /[\t\n\r ]*/y
const WORD = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
// oxlint-disable-next-line no-control-regex -- JSON has no control characters in its strings.
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y

/** The position (RFC 8259) of the first character that cannot be there; the length where the text ends too early. */
export function jsonFault(text: string): number | undefined {
  /** The brackets that are open. */
  const open: ('{' | '[')[] = []
  let expects: 'value' | 'first' | 'key' | 'after' = 'value'
  let at = 0
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found) at += found[0].length
    return found !== null
  }
  for (;;) {
    take(SPACE)
    const character = text.charAt(at)
    const inside = open.at(-1)
    if (expects === 'after') {
      if (inside === undefined) return at === text.length ? undefined : at
      if (character === (inside === '{' ? '}' : ']')) open.pop()
      else if (character === ',') expects = inside === '{' ? 'key' : 'value'
      else return at
      at += 1
      continue
    }
    const isEmpty = expects === 'first' && character === (inside === '{' ? '}' : ']')
    if (isEmpty) {
      open.pop()
      at += 1
      expects = 'after'
      continue
    }
    if (expects === 'key' || (expects === 'first' && inside === '{')) {
      if (!take(STRING)) return at
      take(SPACE)
      if (text.charAt(at) !== ':') return at
      at += 1
      expects = 'value'
      continue
    }
    if (character === '{' || character === '[') {
      open.push(character)
      at += 1
      expects = 'first'
    } else if (take(STRING) || take(WORD)) expects = 'after'
    else return at
  }
}
