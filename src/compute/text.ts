/**
 * The order of texts that does not depend on a language.
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

/** Moves surrogates above all other units. */
function lifted(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit
}
