/**
 * Images of another size: the nearest pixel, or bilinear between the four around a point.
 *
 * Pixels are samples at the middle of their squares, as in OpenCV: destination `x` looks at `(x + 0.5) * from / to - 0.5`
 * of the source, and nothing is averaged when an image shrinks.
 * @module
 */

export type Samples = Uint8Array | Float32Array

/** Interleaved samples: `height` rows of `width` pixels of `channels` samples. */
export interface Raster<T extends Samples = Samples> {
  readonly data: T
  readonly width: number
  readonly height: number
  readonly channels: number
}

export interface Size {
  readonly width: number
  readonly height: number
}

/** The nearest sample to the left and above, as OpenCV's `INTER_NEAREST` takes it. */
export function resizeNearest<T extends Samples>(image: Raster<T>, size: Size): Raster<T> {
  const { data, channels } = image
  const { width, height } = size
  const out = sameKind(data, width * height * channels)
  const columns = new Int32Array(width)
  for (let x = 0; x < width; x++)
    columns[x] = Math.min(Math.floor((x * image.width) / width), image.width - 1) * channels
  let at = 0
  for (let y = 0; y < height; y++) {
    const from = Math.min(Math.floor((y * image.height) / height), image.height - 1)
    const row = from * image.width * channels
    for (let x = 0; x < width; x++)
      for (let channel = 0; channel < channels; channel++)
        out[at++] = data[row + columns[x] + channel]
  }
  return { data: out, width, height, channels }
}

/** Weights are whole 1/2048ths for bytes: the error is at most one step of 255. */
const ONE = 2048
const HALF = 1 << 21

/** Bilinear: bytes by fixed-point arithmetic and rounded, floats by floats. */
export function resizeLinear<T extends Samples>(image: Raster<T>, size: Size): Raster<T> {
  const { data, channels } = image
  const { width, height } = size
  const out = sameKind(data, width * height * channels)
  const columns = taps(image.width, width)
  const rows = taps(image.height, height)
  if (data instanceof Uint8Array) linearBytes(data, out as Uint8Array, { columns, rows, image })
  else linearFloats(data, out as Float32Array, { columns, rows, image })
  return { data: out, width, height, channels }
}

interface Taps {
  readonly low: Int32Array
  readonly high: Int32Array
  /** How much of the high one. */
  readonly weight: Float64Array
}

interface Plan {
  readonly columns: Taps
  readonly rows: Taps
  readonly image: Raster
}

function taps(from: number, to: number): Taps {
  const low = new Int32Array(to)
  const high = new Int32Array(to)
  const weight = new Float64Array(to)
  for (let index = 0; index < to; index++) {
    const at = Math.min(Math.max(((index + 0.5) * from) / to - 0.5, 0), from - 1)
    low[index] = Math.floor(at)
    high[index] = Math.min(low[index] + 1, from - 1)
    weight[index] = at - low[index]
  }
  return { low, high, weight }
}

function linearBytes(data: Uint8Array, out: Uint8Array, { columns, rows, image }: Plan): void {
  const { width, channels } = image
  const left = columns.low.map((x) => x * channels)
  const right = columns.high.map((x) => x * channels)
  const across = Int32Array.from(columns.weight, (weight) => Math.round(weight * ONE))
  const row = channels === 3 ? linearColours : linearSamples
  for (let y = 0; y < rows.low.length; y++) {
    const above = rows.low[y] * width * channels
    const below = rows.high[y] * width * channels
    const down = Math.round(rows.weight[y] * ONE)
    row(data, out, {
      left,
      right,
      across,
      above,
      below,
      down,
      at: y * left.length * channels,
      channels,
    })
  }
}

interface RowPlan {
  readonly left: Int32Array
  readonly right: Int32Array
  readonly across: Int32Array
  readonly above: number
  readonly below: number
  readonly down: number
  /** Where the row begins in what is made. */
  readonly at: number
  readonly channels: number
}

// Weights of both directions are multiplied first: 8 + 11 + 11 bits fit into 31 with the rounding.

function linearSamples(data: Uint8Array, out: Uint8Array, plan: RowPlan): void {
  const { left, right, across, above, below, down, channels } = plan
  let { at } = plan
  for (let x = 0; x < left.length; x++) {
    let [a, b, c, d] = [above + left[x], above + right[x], below + left[x], below + right[x]]
    const topRight = Math.imul(across[x], ONE - down)
    const topLeft = Math.imul(ONE - across[x], ONE - down)
    const lowRight = Math.imul(across[x], down)
    const lowLeft = Math.imul(ONE - across[x], down)
    for (let channel = 0; channel < channels; channel++) {
      const top = Math.imul(data[a++], topLeft) + Math.imul(data[b++], topRight)
      const low = Math.imul(data[c++], lowLeft) + Math.imul(data[d++], lowRight)
      out[at++] = (top + low + HALF) >> 22
    }
  }
}

/** The same for three channels, written out: half the time. */
function linearColours(data: Uint8Array, out: Uint8Array, plan: RowPlan): void {
  const { left, right, across, above, below, down } = plan
  let { at } = plan
  for (let x = 0; x < left.length; x++) {
    const a = above + left[x]
    const b = above + right[x]
    const c = below + left[x]
    const d = below + right[x]
    const topRight = Math.imul(across[x], ONE - down)
    const topLeft = Math.imul(ONE - across[x], ONE - down)
    const lowRight = Math.imul(across[x], down)
    const lowLeft = Math.imul(ONE - across[x], down)
    const top0 = Math.imul(data[a], topLeft) + Math.imul(data[b], topRight)
    const low0 = Math.imul(data[c], lowLeft) + Math.imul(data[d], lowRight)
    const top1 = Math.imul(data[a + 1], topLeft) + Math.imul(data[b + 1], topRight)
    const low1 = Math.imul(data[c + 1], lowLeft) + Math.imul(data[d + 1], lowRight)
    const top2 = Math.imul(data[a + 2], topLeft) + Math.imul(data[b + 2], topRight)
    const low2 = Math.imul(data[c + 2], lowLeft) + Math.imul(data[d + 2], lowRight)
    out[at] = (top0 + low0 + HALF) >> 22
    out[at + 1] = (top1 + low1 + HALF) >> 22
    out[at + 2] = (top2 + low2 + HALF) >> 22
    at += 3
  }
}

function linearFloats(data: Float32Array, out: Float32Array, { columns, rows, image }: Plan): void {
  const { width, channels } = image
  let at = 0
  for (let y = 0; y < rows.low.length; y++) {
    const above = rows.low[y] * width
    const below = rows.high[y] * width
    for (let x = 0; x < columns.low.length; x++) {
      const share = columns.weight[x]
      for (let channel = 0; channel < channels; channel++) {
        const sample = (row: number, column: number) => data[(row + column) * channels + channel]
        const a = sample(above, columns.low[x])
        const c = sample(below, columns.low[x])
        const top = a + (sample(above, columns.high[x]) - a) * share
        const low = c + (sample(below, columns.high[x]) - c) * share
        out[at++] = top + (low - top) * rows.weight[y]
      }
    }
  }
}

/** Fresh samples of the kind of `data`. */
export function sameKind<T extends Samples>(data: T, length: number): T {
  return (data instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length)) as T
}
