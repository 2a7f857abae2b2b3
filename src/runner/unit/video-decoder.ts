/**
 * video_decoder: the frames of a video's packets, one ffmpeg a stream.
 * @module
 */
import type { Size } from '../../compute/image/resize.ts'
import { type FlowBuffer, type Meta } from '../../flow/stream/buffer.ts'
import {
  type FlowUnit,
  type Unit,
  type UnitContext,
  UnitError,
  type UnitFollower,
} from '../../flow/stream/unit.ts'
import { type Ffmpeg, lackOfFfmpeg, startFfmpeg } from './ffmpeg.ts'
import { checkSize, imageBuffer, type PixelFormat, unclearedBytes } from './image.ts'
import { packetBytes } from './matroska.ts'

export const videoDecoder: FlowUnit = {
  missing: lackOfFfmpeg,
  descriptor: {
    name: 'video_decoder',
    device: 'cpu',
    version: '1.0.0',
    group: 'Video',
    description: 'Decodes the packets of a video',
    kind: 'stream',
    maxBatch: 32,
    defaultBatch: 8,
    inputs: [{ name: 'in_video_packet' }],
    outputs: [{ name: 'out_video_frame' }],
    options: [
      {
        name: 'pix_fmt',
        type: 'string',
        description: 'Order of the colours',
        default: 'nv12',
        values: { nv12: 'luma, then chroma by squares', rgb: 'red first', bgr: 'blue first' },
      },
    ],
  },
  create: createDecoder,
}

const NAMES = { nv12: 'nv12', rgb: 'rgb24', bgr: 'bgr24' } as const
const STREAM = 'decoder.stream'
/** Frames that wait before ffmpeg has to. */
const AHEAD = 8

interface Decoding {
  readonly child: Ffmpeg
  readonly frames: Uint8Array[]
  readonly times: number[]
  readonly meta: Meta
  readonly size: Size
  index: number
  /** Resolves with the next frame, or the end. */
  news: PromiseWithResolvers<void>
}

function createDecoder(): Unit {
  let format: keyof typeof NAMES
  let resizing: Resizing | undefined

  function begin(context: UnitContext): Decoding {
    const meta = context.inputMeta('in_video_packet')
    const header = meta['video_header']
    const width = Number(meta['width'])
    const height = Number(meta['height'])
    if (typeof header !== 'string')
      throw new UnitError(
        'Video.Packet',
        'The packets come without a header: video_demuxer gives it',
      )
    checkSize(width, height)
    if (format === 'nv12' && !isEven({ width, height }))
      throw new UnitError(
        'Video.Size',
        `A video of ${width} x ${height} cannot be nv12: both are to be even`,
      )
    const { size, flags } = scalingOf(resizing, { from: { width, height }, format })
    const child = startFfmpeg(
      // The size is forced: a stream that changes it would shift everything that follows.
      [
        '-noautorotate',
        '-f',
        'matroska',
        '-i',
        'pipe:0',
        '-map',
        '0:v:0',
        '-vf',
        `scale=${size.width}:${size.height}${flags}`,
        '-fps_mode',
        'passthrough',
        '-f',
        'rawvideo',
        '-pix_fmt',
        NAMES[format],
        'pipe:1',
      ],
      context.signal,
    )
    const decoding: Decoding = {
      child,
      frames: [],
      times: [],
      meta,
      size,
      index: 0,
      news: Promise.withResolvers<void>(),
    }
    const pixels = size.width * size.height
    collect(decoding, format === 'nv12' ? (pixels * 3) / 2 : pixels * 3)
    child.input.write(Buffer.from(header, 'base64'))
    return decoding
  }

  /** Gives all frames but one, which stays until it is known whether it is the last. */
  function give(decoding: Decoding, context: UnitContext, isEnd = false): void {
    const { frames, meta, times, child, size } = decoding
    const ready = frames.splice(0, isEnd ? frames.length : Math.max(0, frames.length - 1))
    const out: FlowBuffer[] = ready.map((data, at) => {
      const from = {
        index: decoding.index++,
        // Frames come in the order in which they are shown.
        timestamp: times.shift() ?? 0,
        rate_num: meta['rate_num'] ?? 25,
        rate_den: meta['rate_den'] ?? 1,
        rotate_angle: meta['rotate_angle'] ?? 0,
        duration: meta['duration'] ?? 0,
        eos: isEnd && at === ready.length - 1,
        url: meta['url'] ?? '',
      }
      const image = { data, ...size, channels: format === 'nv12' ? 1 : 3, planar: false }
      return imageBuffer({ ...image, format: format as PixelFormat }, from)
    })
    child.output.resume()
    context.output('out_video_frame').push(...out)
  }

  return {
    open(config, { follower }) {
      const given = config.text('pix_fmt').toLowerCase()
      if (!Object.hasOwn(NAMES, given))
        throw new RangeError(`pix_fmt is "${given}": it is nv12, rgb or bgr`)
      format = given as keyof typeof NAMES
      resizing = resizingOf(follower)
    },
    async process(context) {
      const decoding = (context.state.get(STREAM) as Decoding | undefined) ?? begin(context)
      context.state.set(STREAM, decoding)
      const { child, times } = decoding
      for (const buffer of context.input('in_video_packet')) {
        if (!(buffer.data instanceof Uint8Array))
          throw new UnitError('Video.Packet', 'A packet is to be bytes')
        const time = Number(buffer.meta['pts'] ?? 0)
        let place = times.length
        while (place > 0 && times[place - 1] > time) place--
        times.splice(place, 0, time)
        const bytes = packetBytes({
          data: buffer.data,
          time,
          key: buffer.meta['key_frame'] === true,
        })
        if (child.input.destroyed || child.input.write(bytes)) continue
        // While it takes no more it may be waiting for its frames to be taken.
        const drained = Promise.withResolvers<void>()
        child.input.once('drain', drained.resolve)
        let done = false
        void Promise.race([drained.promise, child.ended]).then(() => {
          done = true
          decoding.news.resolve()
        })
        while (!done) {
          await decoding.news.promise
          decoding.news = Promise.withResolvers<void>()
          give(decoding, context)
        }
      }
      give(decoding, context)
    },
    async streamClose(context) {
      const decoding = context.state.get(STREAM) as Decoding | undefined
      if (!decoding) return
      const { child } = decoding
      child.input.end()
      let complaint: string | undefined
      let done = false
      void child.ended.then((words) => {
        complaint = words
        done = true
        decoding.news.resolve()
      })
      while (!done) {
        await decoding.news.promise
        decoding.news = Promise.withResolvers<void>()
        give(decoding, context)
      }
      give(decoding, context, true)
      if (decoding.index === 0 && !context.signal.aborted)
        throw new UnitError(
          'Video.Decode',
          `The video cannot be decoded: ${complaint ?? 'it has no frames'}`,
        )
    },
  }
}

/** A resize right behind, on the same device. */
interface Resizing {
  readonly size: Size
  readonly averages: boolean
}

function resizingOf(follower: UnitFollower | undefined): Resizing | undefined {
  if (follower?.unit !== 'resize' || follower.device !== 'cpu') return undefined
  const { config } = follower
  const [, name] =
    /^(?:inter_)?(linear|area|super)$/i.exec(config.text('interpolation').trim()) ?? []
  if (name === undefined) return undefined
  const size = { width: config.integer('image_width'), height: config.integer('image_height') }
  return { size, averages: name.toLowerCase() !== 'linear' }
}

/**
 * Frames are made as small at once as that resize makes them, as what crosses the pipe is what a frame costs; the node
 * itself hands on what has its size already. Only where ffmpeg's scaler gives what resize would: averages, and of
 * bilinear the half, which is the mean of four.
 */
function scalingOf(
  resizing: Resizing | undefined,
  { from, format }: { from: Size; format: keyof typeof NAMES },
): { readonly size: Size; readonly flags: string } {
  const as = { size: from, flags: '' }
  if (!resizing) return as
  const { size, averages } = resizing
  const fits = size.width <= from.width && size.height <= from.height
  // What resize would refuse it is to refuse itself.
  if (!fits || (format === 'nv12' && !isEven(size))) return as
  // Of colours each pixel has its own, not two together.
  const full = format === 'nv12' ? '' : '+full_chroma_int'
  if (averages) return { size, flags: `:flags=bilinear${full}` }
  const isHalf = size.width * 2 === from.width && size.height * 2 === from.height
  return isHalf ? { size, flags: `:flags=area${full}` } : as
}

/** NV12 has chroma for squares of two by two. */
function isEven({ width, height }: Size): boolean {
  return width % 2 === 0 && height % 2 === 0
}

/** Cuts what ffmpeg gives into frames. */
function collect(decoding: Decoding, size: number): void {
  const { child, frames } = decoding
  let frame = unclearedBytes(size)
  let filled = 0
  child.output.on('data', (piece: Uint8Array) => {
    for (let at = 0; at < piece.length;) {
      const part = piece.subarray(at, at + size - filled)
      frame.set(part, filled)
      filled += part.length
      at += part.length
      if (filled < size) continue
      frames.push(frame)
      frame = unclearedBytes(size)
      filled = 0
    }
    if (frames.length >= AHEAD) child.output.pause()
    if (frames.length > 0) decoding.news.resolve()
  })
}
