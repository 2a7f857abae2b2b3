/**
 * What mean, normalize and image_preprocess have in common: floats of a channel less a number, times another.
 * @module
 */
import { standardise } from '../../compute/image/pixel.ts'
import type { FlowBuffer } from '../../flow/stream/buffer.ts'
import type { UnitConfig } from '../../flow/stream/config.ts'
import { UnitError } from '../../flow/stream/unit.ts'
import { imageBuffer, imageOf } from './image.ts'

export interface Standard {
  readonly mean?: readonly number[]
  readonly scale?: readonly number[]
  /** The layout of what comes out, where it is not that of what comes in. */
  readonly layout?: 'chw' | 'hwc'
}

/** One number for each channel; throws where there is none. */
export function channelNumbers(config: UnitConfig, name: string): readonly number[] {
  const numbers = config.numbers(name)
  if (numbers.length === 0)
    throw new RangeError(
      `"${name}" is not set: write a number for each channel, as "104, 117, 123"`,
    )
  return numbers
}

/** The image as floats. */
export function standardised(buffer: FlowBuffer, { mean, scale, layout }: Standard): FlowBuffer {
  const image = imageOf(buffer)
  if (image.format === 'nv12')
    throw new UnitError('Image.Format', 'The image is nv12: convert it to bgr or rgb first')
  const { channels, planar } = image
  for (const list of [mean, scale])
    if (list && list.length !== 1 && list.length !== channels)
      throw new UnitError(
        'Image.Channels',
        `The image has ${channels} channels and the setting ${list.length} numbers`,
      )
  if (layout === 'hwc' && planar)
    throw new UnitError('Image.Layout', 'The image is planar already: ask for output_layout=chw')
  const toPlanes = planar || layout === 'chw'
  const data = standardise(image.data, { channels, planar, toPlanes, mean, scale })
  return imageBuffer({ ...image, data, planar: toPlanes }, buffer.meta)
}
