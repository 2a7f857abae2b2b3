/**
 * How many frames a second a flow demuxes, decodes, scales, draws into and encodes, beside one ffmpeg command that does the
 * same. The two take turns; CPU time is that of all processes of each, less the start of the flow's own.
 * @module
 */
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { ROOT } from '../helpers/place.ts'

/** A minute of video: the start of three processes is no longer what counts. */
const FRAMES = 1500
const ROUNDS = 3
const BOX = [100, 60, 200, 120]

export const bench = { name: 'flow-video', run }

interface Taken {
  perSecond: number
  perCpuSecond: number
  peakMib: number
}

async function* run(): AsyncGenerator<{ params: object; value: number; unit: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-bench-'))
  try {
    const clip = join(folder, 'clip.mp4')
    const quiet = ['-hide_banner', '-loglevel', 'error', '-y']
    const source = ['-f', 'lavfi', '-i', 'testsrc=size=1280x720:rate=25']
    const coded = ['-frames:v', String(FRAMES), '-c:v', 'mpeg4', '-q:v', '4', clip]
    execFileSync('ffmpeg', [...quiet, ...source, ...coded])
    const out = join(folder, 'out.mp4')
    const filters = `scale=640:360:flags=bilinear,drawbox=${BOX.join(':')}:red:t=2`
    const encode = ['-c:v', 'mpeg4', '-b:v', '3200000', out]
    const script = join(ROOT, 'test', 'bench', 'flow-video-flow.ts')
    const ways: Record<string, readonly string[]> = {
      ffmpeg: ['ffmpeg', ...quiet, '-i', clip, '-vf', filters, ...encode],
      flow: [process.execPath, '--import', 'tsx', script, clip, out, ...BOX.map(String)],
    }
    const found: Record<string, Taken[]> = { ffmpeg: [], flow: [] }
    for (let round = 0; round < ROUNDS; round++)
      for (const [name, command] of Object.entries(ways)) {
        found[name].push(measure(command))
        if (countFrames(out) !== FRAMES) throw new Error(`${name} lost frames`)
      }
    for (const name of Object.keys(ways)) {
      const params = { way: name, video: '1280x720', to: '640x360', frames: FRAMES }
      yield { params, value: best(found[name], 'perSecond'), unit: 'frames/s' }
      yield {
        params: { ...params, per: 'CPU second' },
        value: best(found[name], 'perCpuSecond'),
        unit: 'frames/s',
      }
    }
    for (const key of ['perSecond', 'perCpuSecond'] as const)
      yield {
        params: { of: 'flow to ffmpeg', by: key, aim: 60 },
        value: (100 * best(found['flow'], key)) / best(found['ffmpeg'], key),
        unit: '% of frames/s',
      }
    yield {
      params: { figure: 'peak of the flow, without ffmpeg' },
      value: best(found['flow'], 'peakMib'),
      unit: 'MiB',
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

function best(taken: readonly Taken[], key: keyof Taken): number {
  return Math.max(...taken.map((each) => each[key]))
}

/** Runs a command in a shell that tells what it and all its children have used. */
function measure(command: readonly string[]): Taken {
  const began = performance.now()
  const printed = String(
    execFileSync('sh', ['-c', '"$@" && times', 'sh', ...command], { cwd: ROOT }),
  )
  const took = performance.now() - began
  const lines = printed.trim().split('\n')
  const used = (lines.at(-1)?.split(' ') ?? []).reduce((sum, text) => sum + secondsOf(text), 0)
  const told = lines.length > 2 ? JSON.parse(lines[0]) : { ms: took, startMs: 0, peakMib: 0 }
  return {
    perSecond: (1000 * FRAMES) / told.ms,
    perCpuSecond: FRAMES / (used - told.startMs / 1000),
    peakMib: told.peakMib,
  }
}

/** `1m2.50s` */
function secondsOf(text: string): number {
  const [, minutes, seconds] = /^(\d+)m([\d.]+)s$/.exec(text) ?? []
  return Number(minutes) * 60 + Number(seconds)
}

function countFrames(path: string): number {
  const args = [
    '-v',
    'error',
    '-count_packets',
    '-show_entries',
    'stream=nb_read_packets',
    '-of',
    'csv=p=0',
    path,
  ]
  return Number.parseInt(String(execFileSync('ffprobe', args)), 10)
}
