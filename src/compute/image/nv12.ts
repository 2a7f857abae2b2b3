/**
 * NV12 of the limited range of BT.601: a plane of luma, then Cb and Cr by turns for squares of two by two.
 *
 * Width and height are even.
 * @module
 */
import { type Box, drawBoxes } from './box.ts'
import type { Raster, Size } from './resize.ts'

/**
 * RGB (`red` 0) or BGR (`red` 2) to NV12 of the limited range of BT.601: a plane of luma, then Cb and Cr by turns for
 * squares of two by two. Width and height are even.
 */
export function toNv12({ data, width, height }: Raster<Uint8Array>, red: 0 | 2): Uint8Array {
  const blue = 2 - red
  const out = new Uint8Array((width * height * 3) / 2)
  for (let index = 0, at = 0; index < width * height; index++, at += 3)
    out[index] = Math.round(lumaOf(data[at + red], data[at + 1], data[at + blue]))
  let to = width * height
  for (let y = 0; y < height; y += 2)
    for (let x = 0; x < width; x += 2) {
      let [r, g, b] = [0, 0, 0]
      for (const pixel of [
        y * width + x,
        y * width + x + 1,
        (y + 1) * width + x,
        (y + 1) * width + x + 1,
      ]) {
        r += data[pixel * 3 + red] / 4
        g += data[pixel * 3 + 1] / 4
        b += data[pixel * 3 + blue] / 4
      }
      out[to++] = Math.round(blueOf(r, g, b))
      out[to++] = Math.round(redOf(r, g, b))
    }
  return out
}

/** Y, Cb and Cr of a colour, as NV12 has them. */
export function toLumaChroma([r, g, b]: readonly number[]): readonly number[] {
  return [lumaOf(r, g, b), blueOf(r, g, b), redOf(r, g, b)].map(Math.round)
}

function lumaOf(r: number, g: number, b: number): number {
  return 16 + (65.481 * r + 128.553 * g + 24.966 * b) / 255
}

function blueOf(r: number, g: number, b: number): number {
  return 128 + (-37.797 * r - 74.203 * g + 112 * b) / 255
}

function redOf(r: number, g: number, b: number): number {
  return 128 + (112 * r - 93.786 * g - 18.214 * b) / 255
}

/** NV12 of the limited range of BT.601 to RGB (`red` 0) or BGR (`red` 2). */
export function fromNv12(data: Uint8Array, { width, height }: Size, red: 0 | 2): Uint8Array {
  const blue = 2 - red
  const out = new Uint8ClampedArray(width * height * 3)
  const chroma = width * height
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const luma = (255 / 219) * (data[y * width + x] - 16)
      const pair = chroma + (y >> 1) * width + (x & ~1)
      const cb = data[pair] - 128
      const cr = data[pair + 1] - 128
      const at = (y * width + x) * 3
      out[at + red] = luma + 1.596027 * cr
      out[at + 1] = luma - 0.391762 * cb - 0.812968 * cr
      out[at + blue] = luma + 2.017232 * cb
    }
  return new Uint8Array(out.buffer)
}

/** Luma, Cb and Cr as planes of their own; the luma is a view. */
export function splitNv12(
  data: Uint8Array,
  size: Size,
): readonly [Raster<Uint8Array>, Raster<Uint8Array>, Raster<Uint8Array>] {
  const pixels = size.width * size.height
  const [blue, red] = [new Uint8Array(pixels / 4), new Uint8Array(pixels / 4)]
  for (let index = 0, at = pixels; index < blue.length; index++) {
    blue[index] = data[at++]
    red[index] = data[at++]
  }
  const half = { ...halved(size), channels: 1 }
  return [
    { data: data.subarray(0, pixels), ...size, channels: 1 },
    { data: blue, ...half },
    { data: red, ...half },
  ]
}

/** NV12 of a plane of luma and two of chroma. */
export function joinNv12([luma, blue, red]: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(luma.length + blue.length + red.length)
  out.set(luma)
  for (let index = 0, at = luma.length; index < blue.length; index++) {
    out[at++] = blue[index]
    out[at++] = red[index]
  }
  return out
}

/** The size of the chroma. */
export function halved({ width, height }: Size): Size {
  return { width: width / 2, height: height / 2 }
}

/** Draws the edges of boxes: luma by pixels, chroma by squares of two by two. `colourOf` gives Y, Cb and Cr. */
export function drawBoxesNv12(
  { data, width, height }: { data: Uint8Array; width: number; height: number },
  boxes: readonly Box[],
  options: { readonly thickness: number; colourOf(category: number): readonly number[] },
): void {
  const { thickness, colourOf } = options
  const pixels = width * height
  drawBoxes({ data: data.subarray(0, pixels), width, height, channels: 1 }, boxes, options)
  const chroma = { data: data.subarray(pixels), ...halved({ width, height }), channels: 2 }
  const half = boxes.map((box) => ({
    ...box,
    x: box.x / 2,
    y: box.y / 2,
    w: box.w / 2,
    h: box.h / 2,
  }))
  drawBoxes(chroma, half, {
    thickness: Math.ceil(thickness / 2),
    colourOf: (category) => colourOf(category).slice(1),
  })
}
