/**
 * video_demuxer: the packets of a video, as ffmpeg finds them.
 *
 * The stream's metas have the header that video_decoder needs; a packet has its time and whether it is a key frame. A
 * source that breaks off is opened again where that is asked for.
 * @module
 */
import { type FlowBuffer, flowBuffer, type Meta, textOf } from '../../flow/stream/buffer.ts'
import type { UnitConfig } from '../../flow/stream/config.ts'
import {
  type FlowUnit,
  type Unit,
  type UnitContext,
  UnitError,
  type UnitHost,
} from '../../flow/stream/unit.ts'
import { type Ffmpeg, lackOfFfmpeg, sourceOptions, startFfmpeg } from './ffmpeg.ts'
import { packetReader, type Track } from './matroska.ts'
import { copyArguments, packetTimer, type TimedPacket } from './packet-times.ts'
import { factsReader, type VideoFacts, videoMetas } from './video-facts.ts'

export const videoDemuxer: FlowUnit = {
  missing: lackOfFfmpeg,
  descriptor: {
    name: 'video_demuxer',
    device: 'cpu',
    version: '1.0.0',
    group: 'Video',
    description: 'Reads the packets of a video',
    kind: 'stream',
    inputs: [{ name: 'in_video_url', description: 'The address of a video' }],
    outputs: [{ name: 'out_video_packet' }],
    options: [
      { name: 'key_frame_only', type: 'bool', description: 'Only key frames', default: 'false' },
      {
        name: 'retry_enable',
        type: 'bool',
        description: 'Open it again when it breaks off',
        default: 'false',
      },
      {
        name: 'retry_interval_ms',
        type: 'int',
        description: 'Time between tries',
        default: '1000',
      },
      {
        name: 'retry_count_limit',
        type: 'int',
        description: 'Most tries in a row; -1: no limit',
        default: '-1',
      },
    ],
  },
  create: createDemuxer,
}

/** Packets in one call. */
const AT_ONCE = 16
/** Packets that wait before ffmpeg has to. */
const AHEAD = 64
const SOURCE = 'demuxer.source'

interface Retry {
  readonly enable: boolean
  readonly intervalMs: number
  readonly limit: number
}

function createDemuxer(): Unit {
  let host: UnitHost
  let keysOnly = false
  let retry: Retry

  async function more(source: Source, context: UnitContext): Promise<'continue' | 'success'> {
    const packets = await source.take(AT_ONCE)
    const { track } = source
    if (track && packets.length > 0) {
      const metas = videoMetas(track, source)
      if (source.isFirst())
        context.setOutputMeta('out_video_packet', {
          ...metas,
          video_header: Buffer.from(track.header).toString('base64'),
          codec: track.codec,
        })
      const wanted = keysOnly ? packets.filter(({ key }) => key) : packets
      context
        .output('out_video_packet')
        .push(...wanted.map((packet) => packetBuffer(packet, metas)))
    }
    if (packets.length === 0) {
      context.state.delete(SOURCE)
      if (!track) throw new UnitError('Video.Source', `"${source.url}" has no video`)
      return 'success'
    }
    context.sendEvent('more')
    return 'continue'
  }

  return {
    open(config, given) {
      host = given
      keysOnly = config.boolean('key_frame_only')
      retry = retryOf(config)
    },
    async process(context) {
      const running = context.state.get(SOURCE) as Source | undefined
      if (context.event !== undefined && running) return more(running, context)
      const [buffer] = context.input('in_video_url')
      const source = await openSource(buffer, {
        host,
        retry: retryFor(buffer.meta, retry),
        signal: context.signal,
      })
      context.state.set(SOURCE, source)
      return more(source, context)
    },
    streamClose(context) {
      ;(context.state.get(SOURCE) as Source | undefined)?.close()
    },
  }
}

interface Source {
  readonly url: string
  readonly track: Track | undefined
  readonly facts: VideoFacts
  /** The next packets, none at the end; throws where the video cannot be read. */
  take(most: number): Promise<TimedPacket[]>
  /** Whether nothing was asked yet. */
  isFirst(): boolean
  close(): void
}

async function openSource(
  buffer: FlowBuffer,
  { host, retry, signal }: { host: UnitHost; retry: Retry; signal: AbortSignal },
): Promise<Source> {
  const url = textOf(buffer).replace(/\0+$/, '').trim()
  const options = await sourceOptions(url, host)
  const args = copyArguments(options, url)
  const waiting: TimedPacket[] = []
  let child: Ffmpeg
  let reader: ReturnType<typeof packetReader>
  let timer: ReturnType<typeof packetTimer>
  let track: Track | undefined
  let failure: string | undefined
  let over = false
  let failed = 0
  let first = true
  let told = factsReader()
  let news = Promise.withResolvers<void>()
  const tell = () => {
    news.resolve()
    news = Promise.withResolvers<void>()
  }

  function begin(): void {
    // Of a source that was opened again the first answer stays.
    if (!told.done) told = factsReader()
    const times = packetTimer()
    timer = times
    child = startFfmpeg(args, signal, {
      told(line) {
        if (told.done) return
        told.read(line)
        if (told.done) tell()
      },
      listed(line) {
        times.read(line)
        if (times.waiting > 0) join()
      },
    })
    reader = packetReader()
    const { output, ended } = child
    output.on('data', (piece: Uint8Array) => {
      try {
        const packets = reader.read(piece)
        if (packets.length === 0) return
        failed = 0
        track ??= reader.track
        if (reader.track && track && !sameTrack(reader.track, track)) {
          failure = 'it came back in another format'
          child.kill()
        } else timer.put(packets)
      } catch (error) {
        failure = error instanceof Error ? error.message : String(error)
        child.kill()
      }
      if (waiting.length + timer.waiting >= AHEAD) output.pause()
      join()
    })
    void ended.then((complaint) => {
      join(true)
      again(complaint)
    })
  }

  function join(all = false): void {
    waiting.push(...timer.take(all))
    tell()
  }

  function again(complaint: string | undefined): void {
    failed++
    const may = retry.enable && failure === undefined && !signal.aborted && !over
    if (!may || (retry.limit >= 0 && failed > retry.limit)) {
      failure ??= complaint
      over = true
      return tell()
    }
    host.log(
      'warning',
      `${maskedUrl(url)} broke off${complaint === undefined ? '' : ` (${complaint})`}; it is opened again in ${retry.intervalMs} ms`,
    )
    const wait = setTimeout(begin, retry.intervalMs)
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(wait)
        over = true
        tell()
      },
      { once: true },
    )
  }

  begin()
  return {
    url: maskedUrl(url),
    get track() {
      return track
    },
    get facts() {
      return told.facts
    },
    isFirst() {
      const was = first
      first = false
      return was
    },
    async take(most) {
      while (!over && (waiting.length === 0 || (!told.done && waiting.length < AHEAD)))
        await news.promise
      const packets = waiting.splice(0, most)
      if (waiting.length < AHEAD / 2) child.output.resume()
      if (packets.length === 0 && failure !== undefined && !signal.aborted)
        throw new UnitError(
          'Video.Source',
          `The video ${maskedUrl(url)} cannot be read: ${failure}`,
        )
      return packets
    },
    close() {
      over = true
      child.kill()
      tell()
    },
  }
}

function sameTrack(a: Track, b: Track): boolean {
  return a.codec === b.codec && a.width === b.width && a.height === b.height
}

function packetBuffer({ data, time, decodeTime, key }: TimedPacket, metas: Meta): FlowBuffer {
  return flowBuffer(data, {
    ...metas,
    pts: time,
    dts: decodeTime,
    // Milliseconds of one unit of these times.
    time_base: 1,
    key_frame: key,
    size: data.length,
  })
}

function retryOf(config: UnitConfig): Retry {
  return {
    enable: config.boolean('retry_enable'),
    intervalMs: config.integer('retry_interval_ms'),
    limit: config.integer('retry_count_limit'),
  }
}

/** What data_source_parser says of this source counts before the unit's own settings. */
function retryFor(meta: Meta, { enable, intervalMs, limit }: Retry): Retry {
  return {
    enable: typeof meta['retry_enable'] === 'boolean' ? meta['retry_enable'] : enable,
    intervalMs: Number(meta['retry_interval_ms'] ?? intervalMs),
    limit: Number(meta['retry_count_limit'] ?? limit),
  }
}

/** An address without its password and its signature. */
function maskedUrl(url: string): string {
  return url
    .replace(/^([a-z]+:\/\/)[^/@]*@/i, '$1***@')
    .replace(/(x-amz-(signature|credential|security-token)=)[^&]*/gi, '$1***')
}
