/**
 * Frames into a video file or stream, one ffmpeg a stream; what video_encoder and video_out have in common.
 * @module
 */
import { bytesOf } from '../../flow/stream/buffer.ts'
import { type Unit, type UnitContext, UnitError, type UnitHost } from '../../flow/stream/unit.ts'
import { type Ffmpeg, isNetwork, startFfmpeg, writeAll } from './ffmpeg.ts'
import { type Image, imageOf } from './image.ts'

export interface Encoding {
  readonly url: string
  readonly format: string
  readonly encoder: string
  readonly bitRate: number
}

const STREAM = 'encoder.stream'
const FORMATS: Readonly<Record<string, readonly string[]>> = {
  // The index first, so that a player can begin before it has everything.
  mp4: ['-f', 'mp4', '-movflags', '+faststart'],
  flv: ['-f', 'flv'],
  rtsp: ['-f', 'rtsp', '-rtsp_transport', 'tcp'],
  matroska: ['-f', 'matroska'],
  mpegts: ['-f', 'mpegts'],
}
const RAW = { bgr: 'bgr24', rgb: 'rgb24', gray: 'gray', nv12: 'nv12' } as const

interface Stream {
  readonly child: Ffmpeg
  readonly first: Image
}

/** The unit `name`, which encodes what comes to `in_video_frame`; `settings` reads its options at `open`. */
export function createEncoder(
  name: string,
  settings: (config: Parameters<NonNullable<Unit['open']>>[0]) => Encoding,
): Unit {
  let host: UnitHost
  let options: Encoding

  async function begin(context: UnitContext, first: Image): Promise<Stream> {
    const { url, format, encoder, bitRate } = options
    const asked = context.session.config('dest_url', { node: host.node, unit: name }) ?? url
    const target = isNetwork(asked)
      ? asked
      : `file:${await host.writable(asked.replace(/^file:(\/\/)?/i, ''))}`
    const [{ meta }] = context.input('in_video_frame')
    const rate = `${Number(meta['rate_num'] ?? 25) || 25}/${Number(meta['rate_den'] ?? 1) || 1}`
    const size = `${first.width}x${first.height}`
    const from = [
      '-f',
      'rawvideo',
      '-pix_fmt',
      RAW[first.format],
      '-s',
      size,
      '-r',
      rate,
      '-i',
      'pipe:0',
    ]
    const to = [
      '-c:v',
      encoder,
      '-b:v',
      String(bitRate),
      '-fps_mode',
      'passthrough',
      ...FORMATS[format],
      target,
    ]
    // Most encoders take sides that are even.
    const isEven = first.width % 2 === 0 && first.height % 2 === 0
    const even = isEven ? [] : ['-vf', 'pad=ceil(iw/2)*2:ceil(ih/2)*2']
    const child = startFfmpeg([...from, ...even, '-pix_fmt', 'yuv420p', ...to], context.signal)
    child.output.resume()
    return { child, first }
  }

  return {
    open(config, given) {
      host = given
      options = settings(config)
      if (!Object.hasOwn(FORMATS, options.format))
        throw new RangeError(
          `format is "${options.format}": it is ${Object.keys(FORMATS).join(', ')}`,
        )
      if (!/^[a-z0-9_]+$/i.test(options.encoder))
        throw new RangeError(
          `encoder is "${options.encoder}": name one of ffmpeg's, as mpeg4 or libx264`,
        )
    },
    async process(context) {
      for (const buffer of context.input('in_video_frame')) {
        const frame = imageOf(buffer)
        if (!(frame.data instanceof Uint8Array) || frame.planar)
          throw new UnitError(
            'Video.Frame',
            'Frames are to be packed bytes: encode before mean and transpose',
          )
        const stream =
          (context.state.get(STREAM) as Stream | undefined) ?? (await begin(context, frame))
        context.state.set(STREAM, stream)
        const { first, child } = stream
        if (
          frame.width !== first.width ||
          frame.height !== first.height ||
          frame.format !== first.format
        )
          throw new UnitError(
            'Video.Frame',
            `A frame is ${frame.width} x ${frame.height} ${frame.format} in a video of ${first.width} x ${first.height} ${first.format}: resize them to one size`,
          )
        await writeAll(child, bytesOf(buffer))
        if (child.input.destroyed && !context.signal.aborted)
          throw new UnitError(
            'Video.Encode',
            `The video cannot be written: ${(await child.ended) ?? 'ffmpeg has ended'}`,
          )
      }
    },
    async streamClose(context) {
      const stream = context.state.get(STREAM) as Stream | undefined
      if (!stream) return
      stream.child.input.end()
      const complaint = await stream.child.ended
      if (complaint !== undefined && !context.signal.aborted)
        throw new UnitError('Video.Encode', `The video cannot be written: ${complaint}`)
    },
  }
}
