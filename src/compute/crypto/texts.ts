/**
 * Many texts as one run of bytes, as kernels take them.
 * @module
 */

/** UTF-8 of texts, end to end, and the place behind each. */
export interface PackedTexts {
  readonly bytes: Uint8Array
  readonly ends: Uint32Array
}

/** Packs texts of less than 4 GiB together. */
export function packTexts(texts: readonly string[]): PackedTexts {
  const encoder = new TextEncoder()
  const joined = texts.join('')
  const bytes = encoder.encode(joined)
  const ends = new Uint32Array(texts.length)
  // Half a surrogate pair may find its other half in the next text: such texts go one by one.
  if (bytes.length === joined.length) {
    let end = 0
    for (let i = 0; i < texts.length; i++) ends[i] = end += texts[i].length
    return { bytes, ends }
  }
  const single = texts.map((text) => encoder.encode(text))
  const all = new Uint8Array(single.reduce((sum, { length }) => sum + length, 0))
  let end = 0
  for (const [i, text] of single.entries()) {
    all.set(text, end)
    ends[i] = end += text.length
  }
  return { bytes: all, ends }
}
