/**
 * When the packets of a video are to be decoded. Matroska says only when they are shown, so ffmpeg lists both beside it.
 * @module
 */
import type { Packet } from './matroska.ts'

/** Files of bare packets, and the times that they are given. */
const BARE = /\.(h264|264|avc|hevc|h265|265)$/i
const GIVEN_TIMES = 'setts=pts=if(eq(PTS\\,NOPTS)\\,DTS\\,PTS)'
const PACKED = ['-f', 'matroska', '-cluster_time_limit', '100', '-flush_packets', '1', 'pipe:1']
const LISTED = ['-f', 'framecrc', '-flush_packets', '1', 'pipe:3']

/** What ffmpeg is given to copy the video of `source` to its output, and to list the times at its third pipe. */
export function copyArguments(source: readonly string[], url: string): string[] {
  // Of both outputs: a file without times has those of its order.
  const copied = ['-map', '0:v:0', '-c', 'copy', ...(BARE.test(url) ? ['-bsf:v', GIVEN_TIMES] : [])]
  // AVI does not say when frames are shown that are not in that order.
  return ['-fflags', '+genpts', ...source, ...copied, ...PACKED, ...copied, ...LISTED]
}

/** Stream, dts and pts, in units of the stream's time base. */
const LINE = /^\d+, *(-?\d+|NOPTS), *(-?\d+|NOPTS), /
const BASE = /^#tb \d+: (\d+)\/(\d+)$/
/** As ffmpeg writes it where there is no such time. */
const NONE = new Set(['NOPTS', '-9223372036854775808'])

/** A packet with the time at which it is to be decoded, in milliseconds as the other. */
export interface TimedPacket extends Packet {
  readonly decodeTime: number
}

/** Brings packets and the lines about them together: both come in the order of decoding, in step or not. */
export function packetTimer(): {
  /** How many packets wait for their line. */
  readonly waiting: number
  read(line: string): void
  put(packets: readonly Packet[]): void
  /** The packets that are complete; with `all` those of which no line will come, too. */
  take(all?: boolean): TimedPacket[]
} {
  let unitMs = 1
  const packets: Packet[] = []
  /** By how much a packet is decoded before it is shown. */
  const leads: number[] = []
  return {
    get waiting() {
      return packets.length
    },
    read(line) {
      const [, above, below] = BASE.exec(line) ?? []
      if (above !== undefined) unitMs = (Number(above) / Number(below)) * 1000
      const [, dts, pts] = LINE.exec(line) ?? []
      if (dts === undefined) return
      const isKnown = !NONE.has(dts) && !NONE.has(pts)
      // Each rounded by itself: so these times never go back.
      leads.push(isKnown ? Math.round(Number(pts) * unitMs) - Math.round(Number(dts) * unitMs) : 0)
    },
    put(more) {
      packets.push(...more)
    },
    take(all = false) {
      const ready = packets.splice(0, all ? packets.length : leads.length)
      const ahead = leads.splice(0, ready.length)
      return ready.map((packet, at) => ({ ...packet, decodeTime: packet.time - (ahead[at] ?? 0) }))
    },
  }
}
