/**
 * output_broker, data_source_parser and the video units against a real object store that checks signatures.
 * @module
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { type FlowBuffer, flowBuffer } from '../../src/flow/stream/buffer.ts'
import { dataSourceGenerator } from '../../src/runner/unit/data-source-generator.ts'
import { dataSourceParser } from '../../src/runner/unit/data-source-parser.ts'
import { lackOfFfmpeg } from '../../src/runner/unit/ffmpeg.ts'
import { outputBroker } from '../../src/runner/unit/output-broker.ts'
import { videoDecoder } from '../../src/runner/unit/video-decoder.ts'
import { videoDemuxer } from '../../src/runner/unit/video-demuxer.ts'
import { openUnit } from '../helpers/unit.ts'
import { mock, startFlow } from '../runner/flow/mock.ts'
import { lackOfObjectServer, type ObjectServer, startObjectServer } from './s3-server.ts'

let store: ObjectServer
const skip = (await lackOfObjectServer()) ?? false

before(async () => {
  if (!skip) store = await startObjectServer('out', 'videos')
})
after(() => store?.close())

function place(fields: object): Record<string, string> {
  return { endpoint: store.endpoint, ak: store.ak, sk: store.sk, ...fields }
}

function brokers(cfg: object): string {
  return JSON.stringify({ brokers: [{ type: 's3', name: 's', cfg: place(cfg) }] })
}

async function addressOf(fields: object): Promise<string> {
  const unit = await openUnit(dataSourceParser)
  const data = flowBuffer(JSON.stringify(fields), { source_type: 'obs' })
  const { outputs } = await unit.call({ inputs: { in_data: [data] } })
  return outputs.out_video_url[0].data as string
}

describe('output_broker and an object store', { skip }, () => {
  it('every output is an object of its own below the path, byte for byte', async () => {
    const settings = { brokers: brokers({ bucket: 'out', path: 'a dir/ü+b' }) }
    const unit = await openUnit(outputBroker, settings)
    const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index % 251)
    await unit.call({ inputs: { in_output_info: [flowBuffer(bytes), flowBuffer('{"a":1}')] } })
    await unit.close()
    const folder = join(store.folder, 'out', 'a dir', 'ü+b')
    const files = await readdir(folder)
    const found = await Promise.all(files.map((file) => readFile(join(folder, file))))
    const [small, large] = found.toSorted((a, b) => a.length - b.length)
    assert.equal(found.length, 2)
    assert.equal(String(small), '{"a":1}')
    assert.ok(large.equals(bytes))
  })

  it('a key that is wrong or unknown is refused at once', async () => {
    for (const wrong of [{ sk: 'wrong' }, { ak: 'UNKNOWN' }]) {
      const cfg = { bucket: 'out', path: 'x', ...wrong }
      const unit = await openUnit(outputBroker, { brokers: brokers(cfg), retry_count_limit: '-1' })
      await assert.rejects(
        unit.call({ inputs: { in_output_info: [flowBuffer('x')] } }),
        /Nothing could be sent to "s": 127.0.0.1:\d+ answered 403/,
      )
      await unit.close()
    }
  })
})

describe('data_source_parser and an object store', { skip }, () => {
  it('gives an address that reads the object without keys, this object and no other', async () => {
    await writeFile(join(store.folder, 'videos', 'a ü+b.mp4'), 'a video')
    const url = await addressOf(place({ bucket: 'videos', path: 'a ü+b.mp4' }))
    const answer = await fetch(url)
    assert.equal(answer.status, 200)
    assert.equal(await answer.text(), 'a video')
    await writeFile(join(store.folder, 'videos', 'other.mp4'), 'another')
    const other = new URL(url)
    other.pathname = '/videos/other.mp4'
    const refused = await fetch(other)
    await refused.body?.cancel()
    assert.equal(refused.status, 403)
  })

  it('a video in the store goes through demuxer and decoder, all of its frames', async (test) => {
    const lack = await lackOfFfmpeg()
    if (lack !== undefined) return test.skip(lack)
    const path = join(store.folder, 'videos', 'clip.mp4')
    const source = ['-f', 'lavfi', '-i', 'testsrc=size=64x48:rate=25', '-frames:v', '30']
    execFileSync('ffmpeg', ['-loglevel', 'error', '-y', ...source, '-c:v', 'mpeg4', path])
    const frames: FlowBuffer[] = []
    const sink = mock('sink', { outputs: [], kind: 'stream', exceptionVisible: true }, () => ({
      process: (context) => void frames.push(...context.input('in')),
    }))
    const options = Object.entries(place({ bucket: 'videos', path: 'clip.mp4' }))
    const settings = options.map(([name, value]) => `${name}="${value}"`).join(', ')
    const flow = await startFlow(
      `digraph { g [flowunit=data_source_generator, source_type=obs, ${settings}] p [flowunit=data_source_parser] d [flowunit=video_demuxer] v [flowunit=video_decoder] s [flowunit=sink]
       g:out_data -> p:in_data p:out_video_url -> d:in_video_url d:out_video_packet -> v:in_video_packet v:out_video_frame -> s:in }`,
      [dataSourceGenerator, dataSourceParser, videoDemuxer, videoDecoder, sink],
    )
    assert.deepEqual(await flow.done, { sessions: 1, failed: 0 })
    assert.equal(frames.length, 30)
    assert.ok(!JSON.stringify(frames.map(({ meta }) => meta)).includes(store.ak))
  })
})
