/**
 * How many JPEGs a second a flow decodes, scales and standardises, beside the same calls of libvips in a bare loop with as
 * many at once. Both take turns in one process; CPU time is that of the whole process.
 * @module
 */
import sharp from 'sharp'

import { standardise } from '../../src/compute/image/pixel.ts'
import { flowBuffer } from '../../src/flow/stream/buffer.ts'
import { buildGraph } from '../../src/flow/stream/graph.ts'
import { openFlow } from '../../src/runner/flow/engine.ts'
import { UNITS } from '../../src/runner/unit/registry.ts'

const IMAGES = 120
const AT_ONCE = 8
const ROUNDS = 4
const MEAN = [123.675, 116.28, 103.53]
const SCALE = [0.017, 0.0175, 0.0174]
const GRAPH = `digraph { input [type=input] output [type=output]
  decode [flowunit=image_decoder, pix_fmt=rgb] resize [flowunit=resize, image_width=640, image_height=480]
  floats [flowunit=image_preprocess, output_layout=chw, mean="${MEAN.join()}", standard_deviation_inverse="${SCALE.join()}"]
  input -> decode:in_encoded_image decode:out_image -> resize:in_image
  resize:out_image -> floats:in_image floats:out_data -> output }`

export const bench = { name: 'flow-image', run }

interface Taken {
  perSecond: number
  perCpuSecond: number
}

async function* run(): AsyncGenerator<{ params: object; value: number; unit: string }> {
  const jpeg = new Uint8Array(
    await sharp({
      create: {
        width: 1920,
        height: 1080,
        channels: 3,
        background: '#888',
        noise: { type: 'gaussian', mean: 128, sigma: 30 },
      },
    })
      .blur(2)
      .jpeg()
      .toBuffer(),
  )
  const works = { sharp: () => bare(jpeg), flow: () => throughFlow(jpeg) }
  const found: Record<string, Taken[]> = { sharp: [], flow: [] }
  for (let round = 0; round <= ROUNDS; round++)
    for (const [name, work] of Object.entries(works)) {
      const taken = await measure(work)
      // The first round warms up.
      if (round > 0) found[name].push(taken)
    }
  for (const name of Object.keys(works)) {
    const params = { way: name, image: '1920x1080', to: '640x480', atOnce: AT_ONCE }
    yield { params, value: best(found[name], 'perSecond'), unit: 'images/s' }
    yield {
      params: { ...params, per: 'CPU second' },
      value: best(found[name], 'perCpuSecond'),
      unit: 'images/s',
    }
  }
  for (const key of ['perSecond', 'perCpuSecond'] as const)
    yield {
      params: { of: 'flow to sharp', by: key, aim: 85 },
      value: (100 * best(found['flow'], key)) / best(found['sharp'], key),
      unit: '%',
    }
  yield { params: { figure: 'peak' }, value: process.resourceUsage().maxRSS / 1024, unit: 'MiB' }
}

function best(taken: readonly Taken[], key: keyof Taken): number {
  return Math.max(...taken.map((each) => each[key]))
}

async function measure(work: () => Promise<void>): Promise<Taken> {
  const cpu = process.cpuUsage()
  const began = performance.now()
  await work()
  const { user, system } = process.cpuUsage(cpu)
  return {
    perSecond: (1000 * IMAGES) / (performance.now() - began),
    perCpuSecond: (1e6 * IMAGES) / (user + system),
  }
}

async function bare(jpeg: Uint8Array): Promise<void> {
  let left = IMAGES
  const loop = async () => {
    while (left-- > 0) {
      const { data, info } = await sharp(jpeg)
        .autoOrient()
        .removeAlpha()
        .raw()
        .toBuffer({ resolveWithObject: true })
      const raw = { width: info.width, height: info.height, channels: 3 as const }
      const small = await sharp(data, { raw })
        .resize(640, 480, { fit: 'fill', kernel: 'linear' })
        .raw()
        .toBuffer()
      standardise(small, { channels: 3, planar: false, toPlanes: true, mean: MEAN, scale: SCALE })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, loop))
}

async function throughFlow(jpeg: Uint8Array): Promise<void> {
  const { graph, problems } = buildGraph(GRAPH, {
    units: UNITS.map(({ descriptor }) => descriptor),
  })
  if (!graph) throw new Error(JSON.stringify(problems))
  const refuse = () => Promise.reject(new Error('no files'))
  const flow = await openFlow(graph, UNITS, {
    place: { readable: refuse, writable: refuse, log: () => undefined },
  })
  let left = IMAGES
  let bad: string | undefined
  const one = () => {
    if (left-- <= 0) return
    const session = flow.open({
      onOutput: (_, { error }) => (bad ??= error?.message),
      onEnd: one,
    })
    session.send('input', [flowBuffer(jpeg)])
    session.close()
  }
  for (let lane = 0; lane < AT_ONCE; lane++) one()
  await new Promise<void>((resolve) => {
    const look = () => (flow.alive === 0 ? resolve() : setImmediate(look))
    look()
  })
  flow.close()
  await flow.done
  if (bad !== undefined) throw new Error(bad)
}
