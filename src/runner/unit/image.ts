/**
 * Images as buffers: bytes or floats with metas that say what they are.
 *
 * `width`, `height`, `channel`, `pix_fmt` (bgr, rgb, gray, nv12), `layout` (hwc, chw), `shape`, `type` (uint8, float).
 * @module
 */
import type { Samples, Raster } from '../../compute/image/resize.ts'
import { bytesOf, type FlowBuffer, flowBuffer, type Meta } from '../../flow/stream/buffer.ts'
import { UnitError } from '../../flow/stream/unit.ts'

export type PixelFormat = 'bgr' | 'rgb' | 'gray' | 'nv12'

export interface Image extends Raster {
  readonly format: PixelFormat
  readonly planar: boolean
}

/** Most pixels of an image: a decoded 16384 x 16384. */
export const MOST_PIXELS = 2 ** 28

const FORMATS: readonly string[] = ['bgr', 'rgb', 'gray', 'nv12']

/** The image that a buffer holds; throws a sentence where its metas and its data do not fit. */
export function imageOf(buffer: FlowBuffer): Image {
  const { meta } = buffer
  const width = whole(meta, 'width')
  const height = whole(meta, 'height')
  const given = meta['pix_fmt']
  const format = (typeof given === 'string' ? given : 'bgr').toLowerCase()
  if (!FORMATS.includes(format))
    throw new UnitError(
      'Image.Format',
      `The image has the pixel format "${format}": ${FORMATS.join(', ')} are known`,
    )
  const isNv12 = format === 'nv12'
  const data = buffer.data instanceof Float32Array ? buffer.data : bytesOf(buffer)
  const channels = isNv12 ? 1 : Math.round(data.length / (width * height))
  const expected = isNv12 ? (width * height * 3) / 2 : width * height * channels
  if (data.length !== expected || channels < 1 || channels > 4)
    throw new UnitError(
      'Image.Size',
      `The image says ${width} x ${height} ${format} and has ${data.length} samples`,
    )
  return {
    data,
    width,
    height,
    channels,
    format: format as PixelFormat,
    planar: meta['layout'] === 'chw',
  }
}

/** An image with its pixels side by side in bytes or floats; throws where it is planar or NV12. */
export function packedOf(buffer: FlowBuffer): Image {
  const image = imageOf(buffer)
  if (image.format === 'nv12')
    throw new UnitError('Image.Format', 'The image is nv12: convert it to bgr or rgb first')
  if (image.planar)
    throw new UnitError(
      'Image.Layout',
      'The image is planar (chw): the unit works before packed_planar_transpose',
    )
  return image
}

/** Throws where an image of this size is too large to be made. */
export function checkSize(width: number, height: number): void {
  if (!(width >= 1 && height >= 1 && width * height <= MOST_PIXELS))
    throw new RangeError(
      `An image of ${width} x ${height} pixels cannot be made: 1 to ${MOST_PIXELS} pixels can`,
    )
}

/** A buffer of an image; metas of `from` that say nothing of pixels stay. */
export function imageBuffer(image: Image, from: Meta = {}): FlowBuffer {
  const { data, width, height, channels, format, planar } = image
  const isNv12 = format === 'nv12'
  const bytes = data instanceof Uint8Array ? 1 : 4
  return flowBuffer(data, {
    ...from,
    width,
    height,
    width_stride: planar || isNv12 ? width * bytes : width * channels * bytes,
    height_stride: height,
    channel: channels,
    pix_fmt: format,
    layout: planar ? 'chw' : 'hwc',
    shape: shapeOf(image),
    type: typeName(data),
  })
}

/** Bytes with anything in them, for who fills them all: clearing a large picture first costs as much as copying it. */
export function unclearedBytes(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer)
}

function shapeOf({ width, height, channels, format, planar }: Image): number[] {
  if (format === 'nv12') return [(height * 3) / 2, width, 1]
  return planar ? [channels, height, width] : [height, width, channels]
}

function typeName(data: Samples): string {
  return data instanceof Uint8Array ? 'uint8' : 'float'
}

function whole(meta: Meta, name: string): number {
  const value = Number(meta[name])
  if (!Number.isSafeInteger(value) || value < 1 || value > 2 ** 20)
    throw new UnitError('Image.Size', `The buffer is no image: it has no ${name} in its metas`)
  return value
}
