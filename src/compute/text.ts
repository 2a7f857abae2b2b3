/**
 * The order of texts that does not depend on a language, and the name that was probably meant.
 * @module
 */

/**
 * Compares by Unicode code points, which is the order of the UTF-8 bytes: negative when `a` comes first. JavaScript's
 * own `<` compares UTF-16 units and puts U+10000 and above before U+E000.
 */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return lifted(x) - lifted(y)
  }
  return a.length - b.length
}

/** Names longer than this are not compared: the work grows with the square. */
const LONGEST_NAME = 64

/**
 * The one of `names` that `name` was probably meant to be, whatever its case: at most a third of its characters, rounded
 * up, are wrong, missing, too many or swapped with their neighbour. The first of several as near. Undefined where none is.
 */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  if (name.length > LONGEST_NAME) return undefined
  const wanted = name.toLowerCase()
  let best = Math.ceil(name.length / 3) + 1
  let nearest: string | undefined
  for (const other of names) {
    if (other.length > LONGEST_NAME || Math.abs(other.length - name.length) >= best) continue
    const away = editDistance(wanted, other.toLowerCase())
    if (away >= best) continue
    best = away
    nearest = other
  }
  return nearest
}

/**
 * The optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours (F. Damerau, "A
 * technique for computer detection and correction of spelling errors", 1964).
 */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = above[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
          ? before[j - 2] + 1
          : Infinity
      row.push(Math.min(replaced, swapped, above[j] + 1, row[j - 1] + 1))
    }
    before = above
    above = row
  }
  return above[b.length]
}

/** Moves surrogates above all other units. */
function lifted(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit
}
