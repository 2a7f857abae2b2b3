/**
 * Images of another size by the interpolations that graphs name.
 *
 * The nearest pixel and bilinear are computed here, as OpenCV does; libvips has the kernels that are wider, and averages
 * where it shrinks.
 * @module
 */
import { halved, joinNv12, splitNv12 } from '../../compute/image/nv12.ts'
import { type Raster, resizeLinear, resizeNearest, type Size } from '../../compute/image/resize.ts'
import { UnitError } from '../../flow/stream/unit.ts'
import { loadSharp, type Sharp } from './sharp.ts'

export type Scaler = (image: Raster, size: Size) => Raster | Promise<Raster>

const KERNELS = {
  cubic: 'cubic',
  area: 'linear',
  super: 'linear',
  lanczos: 'lanczos3',
  lanczos4: 'lanczos3',
} as const

/** What `interpolation` may be, with and without `inter_`. */
export const INTERPOLATIONS = {
  inter_nn: 'the nearest pixel; inter_nearest is the same',
  inter_linear: 'bilinear, as OpenCV does',
  inter_cubic: 'bicubic, averaging where it shrinks',
  inter_area: 'averages where it shrinks; inter_super is the same',
  inter_lanczos: 'Lanczos, averaging where it shrinks',
}

/** The scaler of this name. Throws RangeError for another, or where it needs what the host lacks. */
export async function scalerOf(name: string): Promise<Scaler> {
  const key = name
    .trim()
    .toLowerCase()
    .replace(/^inter_/, '')
  if (key === 'linear') return resizeLinear
  if (key === 'nn' || key === 'nearest') return resizeNearest
  if (!Object.hasOwn(KERNELS, key))
    throw new RangeError(
      `interpolation is "${name}": it is one of ${Object.keys(INTERPOLATIONS).join(', ')}`,
    )
  return byVips(await loadSharp(), KERNELS[key as keyof typeof KERNELS])
}

/** The same for NV12: luma, and both halves of the chroma, each for itself. Throws UnitError where a side is odd. */
export async function scaledNv12(
  data: Uint8Array,
  { from, to }: { readonly from: Size; readonly to: Size },
  scale: Scaler,
): Promise<Uint8Array> {
  if (to.width % 2 !== 0 || to.height % 2 !== 0)
    throw new UnitError(
      'Image.Size',
      `An image of ${to.width} x ${to.height} cannot be nv12: both are to be even`,
    )
  const planes = splitNv12(data, from)
  const sizes = [to, halved(to), halved(to)]
  const made = await Promise.all(planes.map(async (plane, at) => scale(plane, sizes[at])))
  return joinNv12(made.map(({ data: samples }) => samples as Uint8Array))
}

function byVips(sharp: Sharp, kernel: 'cubic' | 'linear' | 'lanczos3'): Scaler {
  return async ({ data, width, height, channels }, size) => {
    if (!(data instanceof Uint8Array))
      throw new UnitError(
        'Image.Type',
        'This interpolation takes images of bytes: put it before mean and normalize, or take inter_linear',
      )
    const raw = { width, height, channels: channels as 1 | 2 | 3 | 4 }
    const scaled = sharp(data, { raw }).resize(size.width, size.height, { fit: 'fill', kernel })
    // A single channel would come back as three.
    const same = channels === 1 ? scaled.toColourspace('b-w') : scaled
    return { data: viewOf(await same.raw().toBuffer()), ...size, channels }
  }
}

function viewOf({ buffer, byteOffset, length }: Buffer): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length)
}
