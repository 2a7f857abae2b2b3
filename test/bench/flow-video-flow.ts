/**
 * A clip through a flow, once: tells how long it took, and the CPU time that was gone before it began.
 * @module
 */
import { buildGraph } from '../../src/flow/stream/graph.ts'
import type { FlowUnit } from '../../src/flow/stream/unit.ts'
import { collectLessOften } from '../../src/runner/flow/collection.ts'
import { openFlow } from '../../src/runner/flow/engine.ts'
import { UNITS } from '../../src/runner/unit/registry.ts'

const [clip, out, x, y, w, h] = process.argv.slice(2)
const BOX = { x: Number(x), y: Number(y), w: Number(w), h: Number(h) }

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

const GRAPH = `digraph { i [flowunit=video_input, source_url="${clip}"] d [flowunit=video_demuxer] v [flowunit=video_decoder, pix_fmt=nv12]
  r [flowunit=resize, image_width=640, image_height=360] b [flowunit=boxes] w [flowunit=draw_bbox]
  e [flowunit=video_encoder, format=mp4, default_dest_url="${out}"]
  i:out_video_url -> d:in_video_url d:out_video_packet -> v:in_video_packet v:out_video_frame -> r:in_image
  r:out_image -> b:in r:out_image -> w:in_image b:out -> w:in_region w:out_image -> e:in_video_frame }`

// As the thread of a runner's flows does.
collectLessOften()
const units = [...UNITS, boxes]
const { graph, problems } = buildGraph(GRAPH, { units: units.map(({ descriptor }) => descriptor) })
if (!graph) throw new Error(JSON.stringify(problems))
const { user, system } = process.cpuUsage()
const began = performance.now()
const itself = async (path: string) => path
const flow = await openFlow(graph, units, {
  place: { readable: itself, writable: itself, log: () => undefined },
})
const { error } = await flow.done
if (error) throw new Error(error.message)
console.log(
  JSON.stringify({
    ms: performance.now() - began,
    startMs: (user + system) / 1000,
    peakMib: process.resourceUsage().maxRSS / 1024,
  }),
)
