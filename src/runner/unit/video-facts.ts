/**
 * What ffmpeg tells of a video before its first packet, and the metas that packets have of it.
 * @module
 */
import type { Meta } from '../../flow/stream/buffer.ts'
import type { Track } from './matroska.ts'

/** What the container says of a video; its packets do not tell it. */
export interface VideoFacts {
  /** Seconds; 0 where it is not known, as of a camera. */
  readonly seconds: number
  /** Degrees clockwise by which a frame has to be turned to be upright. */
  readonly angle: number
}

/** Reads them from the lines that ffmpeg prints of its input and its output, first of the first video stream. */
export function factsReader(): {
  readonly facts: VideoFacts
  /** Whether all that is of interest was said. */
  readonly done: boolean
  read(line: string): void
} {
  let seconds = 0
  let angle = 0
  let done = false
  let part: 'before' | 'video' | 'behind' = 'before'
  return {
    get facts() {
      return { seconds, angle }
    },
    get done() {
      return done
    },
    read(line) {
      if (done) return
      // Which of them comes first depends on the version.
      if (/^(Output #0|Stream mapping:)/.test(line)) done = true
      else if (/^\s+Stream #0:/.test(line)) {
        if (part === 'video') part = 'behind'
        else if (part === 'before' && line.includes(': Video: ')) part = 'video'
      } else {
        const [, hours, minutes, rest] = /^\s+Duration: (\d+):(\d\d):([\d.]+),/.exec(line) ?? []
        if (hours !== undefined)
          seconds = Number(hours) * 3600 + Number(minutes) * 60 + Number(rest)
        const [, turned] = /^\s+displaymatrix: rotation of (-?[\d.]+) degrees/.exec(line) ?? []
        if (turned !== undefined && part === 'video') angle = clockwise(Number(turned))
      }
    },
  }
}

/** What a matrix turns counterclockwise as a meta; nearly a quarter is one, as for ffmpeg itself. */
function clockwise(turned: number): number {
  const angle = ((-turned % 360) + 360) % 360
  const quarter = Math.round(angle / 90) * 90
  return (Math.abs(angle - quarter) < 1 ? quarter : Math.round(angle)) % 360
}

/** The metas that every packet of a video has; `duration` is in whole seconds, as with the original. */
export function videoMetas(
  { width, height, frameNs }: Track,
  { facts, url }: { readonly facts: VideoFacts; readonly url: string },
): Meta {
  const [rate_num, rate_den] = frameNs > 0 ? rateOf(frameNs) : [25, 1]
  return {
    width,
    height,
    rate_num,
    rate_den,
    duration: Math.floor(facts.seconds),
    rotate_angle: facts.angle,
    url,
  }
}

/** The rate that a time of a frame stands for: whole, or a whole one over 1.001. */
function rateOf(frameNs: number): [number, number] {
  const rate = 1e9 / frameNs
  const near = Math.round(rate * 1.001)
  if (Math.abs(rate - Math.round(rate)) < 1e-4) return [Math.round(rate), 1]
  if (Math.abs((near * 1000) / 1001 - rate) < 1e-3) return [near * 1000, 1001]
  return [Math.round(rate * 1000), 1000]
}
