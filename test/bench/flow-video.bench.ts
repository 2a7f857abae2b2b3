/**
 * How many frames a second a flow demuxes, decodes, scales, draws into and encodes, beside one ffmpeg command that does the
 * same. The two take turns; CPU time is that of all processes.
 * @module
 */
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { buildGraph } from '../../src/flow/stream/graph.ts'
import type { FlowUnit } from '../../src/flow/stream/unit.ts'
import { openFlow } from '../../src/runner/flow/engine.ts'
import { UNITS } from '../../src/runner/unit/registry.ts'

const FRAMES = 300
const ROUNDS = 3
const BOX = { x: 100, y: 60, w: 200, h: 120 }

export const bench = { name: 'flow-video', run }

/** A box for every frame. */
const boxes: FlowUnit = {
  descriptor: {
    name: 'boxes',
    device: 'cpu',
    version: '1',
    group: 'Bench',
    description: 'A box for every frame',
    kind: 'normal',
    inputs: [{ name: 'in' }],
    outputs: [{ name: 'out' }],
    options: [],
  },
  create: () => ({
    process: (context) =>
      context.output('out').push(...context.input('in').map(() => ({ data: [BOX], meta: {} }))),
  }),
}

async function* run(): AsyncGenerator<{ params: object; value: number; unit: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-bench-'))
  try {
    const clip = join(folder, 'clip.mp4')
    ffmpeg([
      '-f',
      'lavfi',
      '-i',
      'testsrc=size=1280x720:rate=25',
      '-frames:v',
      String(FRAMES),
      '-c:v',
      'mpeg4',
      '-q:v',
      '4',
      clip,
    ])
    const out = join(folder, 'out.mp4')
    const { x, y, w, h } = BOX
    const works = {
      ffmpeg: async () =>
        ffmpeg([
          '-i',
          clip,
          '-vf',
          `scale=640:360:flags=bilinear,drawbox=${x}:${y}:${w}:${h}:red:t=2`,
          '-c:v',
          'mpeg4',
          '-b:v',
          '3200000',
          out,
        ]),
      flow: () => throughFlow(clip, out),
    }
    const found: Record<string, number[]> = { ffmpeg: [], flow: [] }
    for (let round = 0; round <= ROUNDS; round++)
      for (const [name, work] of Object.entries(works)) {
        const began = performance.now()
        await work()
        if (round > 0) found[name].push((1000 * FRAMES) / (performance.now() - began))
        if (countFrames(out) !== FRAMES) throw new Error(`${name} lost frames`)
      }
    for (const [name, rates] of Object.entries(found)) {
      const params = { way: name, video: '1280x720', to: '640x360', frames: FRAMES }
      yield { params, value: Math.max(...rates), unit: 'frames/s' }
    }
    const [one, flow] = [found['ffmpeg'], found['flow']].map((rates) => Math.max(...rates))
    yield { params: { of: 'flow to ffmpeg' }, value: (100 * flow) / one, unit: '% of frames/s' }
    yield {
      params: { figure: 'peak of the flow, without ffmpeg' },
      value: process.resourceUsage().maxRSS / 1024,
      unit: 'MiB',
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

function ffmpeg(args: readonly string[]): void {
  execFileSync('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-y', ...args])
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

async function throughFlow(clip: string, out: string): Promise<void> {
  const units = [...UNITS, boxes]
  const dot = `digraph { i [flowunit=video_input, source_url="${clip}"] d [flowunit=video_demuxer] v [flowunit=video_decoder, pix_fmt=bgr]
    r [flowunit=resize, image_width=640, image_height=360] b [flowunit=boxes] w [flowunit=draw_bbox]
    e [flowunit=video_encoder, format=mp4, default_dest_url="${out}"]
    i:out_video_url -> d:in_video_url d:out_video_packet -> v:in_video_packet v:out_video_frame -> r:in_image
    r:out_image -> b:in r:out_image -> w:in_image b:out -> w:in_region w:out_image -> e:in_video_frame }`
  const { graph, problems } = buildGraph(dot, { units: units.map(({ descriptor }) => descriptor) })
  if (!graph) throw new Error(JSON.stringify(problems))
  const itself = async (path: string) => path
  const flow = await openFlow(graph, units, {
    place: { readable: itself, writable: itself, log: () => undefined },
  })
  const { error } = await flow.done
  if (error) throw new Error(error.message)
}
