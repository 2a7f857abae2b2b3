/**
 * Images pixel by pixel: cut, put together, turned, other orders of channels and planes, other colours.
 * @module
 */
import { type Raster, sameKind, type Samples, type Size } from './resize.ts'

/** A rectangle in whole pixels. */
export interface Region extends Size {
  readonly x: number
  readonly y: number
}

/** The part of an image in a region that lies inside it. */
export function crop<T extends Samples>(image: Raster<T>, region: Region): Raster<T> {
  const { data, channels } = image
  const { x, y, width, height } = region
  const out = sameKind(data, width * height * channels)
  for (let row = 0; row < height; row++) {
    const from = ((y + row) * image.width + x) * channels
    out.set(data.subarray(from, from + width * channels), row * width * channels)
  }
  return { data: out, width, height, channels }
}

/** `image` with its corner at (x, y) of a canvas of one colour; it has to fit. */
export function place<T extends Samples>(
  image: Raster<T>,
  canvas: Region & { readonly colour: readonly number[] },
): Raster<T> {
  const { data, channels } = image
  const { x, y, width, height, colour } = canvas
  const out = sameKind(data, width * height * channels)
  for (let channel = 0; channel < channels; channel++) {
    const value = colour[channel] ?? 0
    if (value !== 0)
      for (let index = channel; index < out.length; index += channels) out[index] = value
  }
  const line = image.width * channels
  for (let row = 0; row < image.height; row++)
    out.set(data.subarray(row * line, (row + 1) * line), ((y + row) * width + x) * channels)
  return { data: out, width, height, channels }
}

/** Turned clockwise by a quarter, a half or three quarters. */
export function rotate<T extends Samples>(image: Raster<T>, angle: 90 | 180 | 270): Raster<T> {
  const { data, channels, width, height } = image
  const out = sameKind(data, data.length)
  const turned = angle !== 180
  const across = turned ? height : width
  const down = turned ? width : height
  // Where the pixel (0, 0) goes, and what a step to the right and one down are there.
  const start = angle === 90 ? across - 1 : angle === 180 ? across * down - 1 : (down - 1) * across
  const right = angle === 90 ? across : angle === 180 ? -1 : -across
  const below = angle === 90 ? -1 : angle === 180 ? -across : 1
  let from = 0
  for (let y = 0; y < height; y++)
    for (let x = 0, to = (start + y * below) * channels; x < width; x++, to += right * channels)
      for (let channel = 0; channel < channels; channel++) out[to + channel] = data[from++]
  return { data: out, width: across, height: down, channels }
}

/** Pixels side by side become one plane a channel: HWC to CHW. */
export function toPlanar<T extends Samples>({ data, width, height, channels }: Raster<T>): T {
  const out = sameKind(data, data.length)
  const plane = width * height
  for (let channel = 0; channel < channels; channel++) {
    let from = channel
    const begin = channel * plane
    for (let index = 0; index < plane; index++, from += channels) out[begin + index] = data[from]
  }
  return out
}

/** The first and the third channel change places: RGB to BGR and back. */
export function swapRedBlue<T extends Samples>(data: T, channels = 3): T {
  const out = data.slice() as T
  for (let index = 0; index + 2 < out.length; index += channels) {
    const red = out[index]
    out[index] = out[index + 2]
    out[index + 2] = red
  }
  return out
}

/** Luma of BT.601 from three channels, of which `red` and the one opposite are the ends. */
export function toGray(data: Uint8Array, red: 0 | 2): Uint8Array {
  const out = new Uint8Array(data.length / 3)
  const blue = 2 - red
  for (let index = 0, at = 0; index < out.length; index++, at += 3)
    out[index] = (data[at + red] * 4899 + data[at + 1] * 9617 + data[at + blue] * 1868 + 8192) >> 14
  return out
}

/** One channel three times. */
export function fromGray(data: Uint8Array): Uint8Array {
  const out = new Uint8Array(data.length * 3)
  for (let index = 0; index < data.length; index++) out.fill(data[index], index * 3, index * 3 + 3)
  return out
}

/**
 * Floats `(sample - mean) * scale`, each by the entry of its channel; `planar` says whether channels are planes, and
 * `toPlanes` whether they are to be, where that is another thing. A list of one entry is for all channels.
 */
export function standardise(
  data: ArrayLike<number>,
  options: {
    readonly channels: number
    readonly planar: boolean
    readonly toPlanes?: boolean
    readonly mean?: readonly number[]
    readonly scale?: readonly number[]
  },
): Float32Array {
  const { channels, planar, mean = [0], scale = [1] } = options
  const toPlanes = planar || options.toPlanes === true
  const out = new Float32Array(data.length)
  const plane = data.length / channels
  for (let channel = 0; channel < channels; channel++) {
    const less = mean[channel] ?? mean[0]
    const times = scale[channel] ?? scale[0]
    const [step, ahead] = [planar, toPlanes].map((is) => (is ? 1 : channels))
    let from = planar ? channel * plane : channel
    let to = toPlanes ? channel * plane : channel
    for (let index = 0; index < plane; index++, from += step, to += ahead)
      out[to] = (data[from] - less) * times
  }
  return out
}
