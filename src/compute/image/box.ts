/**
 * Boxes found in images: suppression of all but the best, their bytes, and drawing.
 * @module
 */
import type { Raster } from './resize.ts'

/** A rectangle in pixels with what was found in it. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
  readonly category: number
  /** Between 0 and 1. */
  readonly score: number
}

/** Bytes of a box: four floats, a 32-bit category, a float, little endian. */
export const BOX_BYTES = 24

/** Boxes as bytes, one after the other. */
export function encodeBoxes(boxes: readonly Box[]): Uint8Array {
  const out = new DataView(new ArrayBuffer(boxes.length * BOX_BYTES))
  boxes.forEach(({ x, y, w, h, category, score }, index) => {
    const at = index * BOX_BYTES
    ;[x, y, w, h].forEach((value, place) => out.setFloat32(at + place * 4, value, true))
    out.setInt32(at + 16, category, true)
    out.setFloat32(at + 20, score, true)
  })
  return new Uint8Array(out.buffer)
}

/** Boxes from bytes. Throws RangeError where the length is no multiple of one. */
export function decodeBoxes(bytes: Uint8Array): Box[] {
  if (bytes.byteLength % BOX_BYTES !== 0)
    throw new RangeError(`${bytes.byteLength} bytes are no boxes of ${BOX_BYTES} bytes each`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: bytes.byteLength / BOX_BYTES }, (_, index) => {
    const at = index * BOX_BYTES
    const float = (place: number) => view.getFloat32(at + place * 4, true)
    return {
      x: float(0),
      y: float(1),
      w: float(2),
      h: float(3),
      category: view.getInt32(at + 16, true),
      score: float(5),
    }
  })
}

/** Area of the common part over the area of both together. */
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x)
  const height = Math.min(a.y + a.h, b.y + b.h) - Math.max(a.y, b.y)
  if (width <= 0 || height <= 0) return 0
  const common = width * height
  return common / (a.w * a.h + b.w * b.h - common)
}

export interface SuppressOptions {
  /** The most that two kept boxes may overlap, of a category or of all. */
  readonly overlap: number | ((category: number) => number)
  /** Boxes of different categories suppress each other, too. */
  readonly acrossCategories?: boolean
  readonly most?: number
}

/** Non-maximum suppression: from the best score down, those that overlap no kept one too much. */
export function suppress(boxes: readonly Box[], options: SuppressOptions): Box[] {
  const { acrossCategories = false, most = Infinity } = options
  const limit = (category: number) =>
    typeof options.overlap === 'number' ? options.overlap : options.overlap(category)
  const kept: Box[] = []
  const rivals = new Map<number, Box[]>()
  for (const box of boxes.toSorted((a, b) => b.score - a.score)) {
    if (kept.length >= most) break
    const key = acrossCategories ? 0 : box.category
    const list = rivals.get(key) ?? []
    if (list.some((better) => overlap(better, box) > limit(box.category))) continue
    list.push(box)
    rivals.set(key, list)
    kept.push(box)
  }
  return kept
}

/** Draws the edges of boxes into the image itself; what lies outside is cut. */
export function drawBoxes(
  { data, width, height, channels }: Raster<Uint8Array>,
  boxes: readonly Box[],
  options: { readonly thickness: number; colourOf(category: number): readonly number[] },
): void {
  const { thickness, colourOf } = options
  const fill = (area: readonly number[], colour: readonly number[]) => {
    const [left, right] = [area[0], area[2]].map((x) => Math.min(Math.max(x, 0), width))
    const [top, bottom] = [area[1], area[3]].map((y) => Math.min(Math.max(y, 0), height))
    for (let y = top; y < bottom; y++)
      for (let x = left; x < right; x++)
        for (let channel = 0; channel < channels; channel++)
          data[(y * width + x) * channels + channel] = colour[channel] ?? 0
  }
  for (const { x, y, w, h, category } of boxes) {
    if (![x, y, w, h].every(Number.isFinite)) continue
    const [left, top, right, bottom] = [x, y, x + w, y + h].map(Math.round)
    const colour = colourOf(category)
    fill([left, top, right, top + thickness], colour)
    fill([left, bottom - thickness, right, bottom], colour)
    fill([left, top, left + thickness, bottom], colour)
    fill([right - thickness, top, right, bottom], colour)
  }
}
