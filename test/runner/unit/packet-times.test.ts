/**
 * When packets are decoded and shown, against what ffprobe says of the same files; not without ffmpeg.
 * @module
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import type { FlowBuffer } from '../../../src/flow/stream/buffer.ts'
import { lackOfFfmpeg } from '../../../src/runner/unit/ffmpeg.ts'
import { packetTimer } from '../../../src/runner/unit/packet-times.ts'
import { videoDecoder } from '../../../src/runner/unit/video-decoder.ts'
import { videoDemuxer } from '../../../src/runner/unit/video-demuxer.ts'
import { videoInput } from '../../../src/runner/unit/video-input.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { mock, startFlow } from '../flow/mock.ts'

const skip = (await lackOfFfmpeg()) ?? false
const FRAMES = 40

function program(name: string, ...args: string[]): string {
  return execFileSync(name, args, { encoding: 'utf8' })
}

const hasX264 = !skip && program('ffmpeg', '-hide_banner', '-encoders').includes(' libx264 ')

async function clip(name: string, ...args: string[]): Promise<string> {
  const path = join(await temporaryFolder(), name)
  const source = ['-f', 'lavfi', '-i', 'mandelbrot=size=128x96:rate=25']
  const quiet = ['-hide_banner', '-loglevel', 'error', '-y']
  program('ffmpeg', ...quiet, ...source, '-frames:v', String(FRAMES), ...args, path)
  return path
}

/** The times of a video's packets in seconds, from the first that is shown; NaN where there is none. */
function probed(path: string): { dts: number; pts: number }[] {
  const show = ['-select_streams', 'v:0', '-show_entries', 'packet=pts_time,dts_time']
  const text = program('ffprobe', '-v', 'error', ...show, '-of', 'csv=p=0', path)
  const times = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.split(',').map(Number))
  const start = Math.min(...times.map(([pts]) => pts))
  return times.map(([pts, dts]) => ({ pts: pts - start, dts: dts - start }))
}

async function flowOf(path: string, rest: string): Promise<FlowBuffer[]> {
  const found: FlowBuffer[] = []
  const sink = mock('sink', { outputs: [], kind: 'stream', exceptionVisible: true }, () => ({
    process: (context) => void found.push(...context.input('in')),
  }))
  const flow = await startFlow(
    `digraph { i [flowunit=video_input, source_url="${path}"] d [flowunit=video_demuxer] s [flowunit=sink] i:out_video_url -> d:in_video_url ${rest} }`,
    [videoInput, videoDemuxer, videoDecoder, sink],
  )
  await flow.done
  return found
}

const packetsOf = (path: string) => flowOf(path, 'd:out_video_packet -> s:in')
const framesOf = (path: string) =>
  flowOf(
    path,
    'v [flowunit=video_decoder, pix_fmt=rgb] d:out_video_packet -> v:in_video_packet v:out_video_frame -> s:in',
  )

describe('times of packets', { skip }, () => {
  const plain = ['-c:v', 'mpeg4', '-bf', '2']
  const pyramid = ['-c:v', 'libx264', '-bf', '3', '-x264-params', 'b-pyramid=normal:b-adapt=0']
  const kinds: [name: string, args: string[]][] = [
    ['a.mp4', plain],
    ['a.mkv', plain],
    ['a.mov', [...plain, '-r', '30000/1001']],
    ['a.ts', ['-c:v', 'mpeg2video', '-bf', '2']],
    ['none.mp4', ['-c:v', 'mpeg4', '-bf', '0']],
  ]
  if (hasX264) kinds.push(['x.mp4', pyramid], ['x.flv', pyramid])
  for (const [name, args] of kinds)
    it(`are what ffprobe says, in the order of decoding: ${name} ${args.join(' ')}`, async () => {
      const path = await clip(name, ...args)
      const packets = (await packetsOf(path)).map(({ meta }) => meta)
      const wanted = probed(path)
      assert.equal(packets.length, FRAMES)
      for (const [index, { dts, pts }] of wanted.entries()) {
        // Whole milliseconds.
        assert.ok(Math.abs(Number(packets[index]['pts']) - pts * 1000) <= 0.51, `pts of ${index}`)
        assert.ok(Math.abs(Number(packets[index]['dts']) - dts * 1000) <= 1.01, `dts of ${index}`)
      }
      const reordered = packets.filter((meta) => meta['dts'] !== meta['pts'])
      assert.equal(reordered.length > 0, !name.startsWith('none'))
      assertInOrder(packets.map((meta) => [Number(meta['dts']), Number(meta['pts'])]))
    })

  it('are found where AVI gives none to frames that are not shown in order', async () => {
    const path = await clip('a.avi', ...plain)
    assert.ok(probed(path).some(({ pts }) => Number.isNaN(pts)))
    const packets = (await packetsOf(path)).map(({ meta }) => meta)
    assert.equal(packets.length, FRAMES)
    assertInOrder(packets.map((meta) => [Number(meta['dts']), Number(meta['pts'])]))
    assert.equal(new Set(packets.map((meta) => meta['pts'])).size, FRAMES)
    const frames = await framesOf(path)
    assert.deepEqual([frames.length, frames.find(({ error }) => error)], [FRAMES, undefined])
  })

  it('are counted where a file is bare packets', { skip: !hasX264 }, async () => {
    const frames = await framesOf(await clip('a.h264', ...pyramid))
    assert.deepEqual([frames.length, frames.find(({ error }) => error)], [FRAMES, undefined])
    const times = frames.map(({ meta }) => Number(meta['timestamp']))
    assert.deepEqual(
      times,
      Array.from({ length: FRAMES }, (_, index) => index * 40),
    )
  })
})

describe('packets and the lines about them', () => {
  const packet = (time: number) => ({ data: new Uint8Array(), time, key: false })
  const lines = [
    '#software: Lavf',
    '#tb 0: 1/12800',
    '#dimensions 0: 128x96',
    '0,       -512,          0,      512,     2435, 0xfaa96084',
    '0,          0,       1536,      512,      818, 0x32b56527, F',
    '0,        512, -9223372036854775808,        1,     2483, 0x3, S=1,  24, 0x0',
    '0,      NOPTS,       NOPTS,      512,      818, 0x32b56527, F',
  ]

  it('come together whichever is first', () => {
    const [before, behind] = [packetTimer(), packetTimer()]
    const packets = [0, 120, 40, 80].map(packet)
    lines.forEach((line) => before.read(line))
    assert.deepEqual(before.take(), [])
    before.put(packets)
    behind.put(packets)
    assert.deepEqual([behind.take(), behind.waiting], [[], 4])
    lines.forEach((line) => behind.read(line))
    for (const timer of [before, behind]) {
      // Where it is not known it is when it is shown.
      assert.deepEqual(
        timer.take().map(({ time, decodeTime }) => [time, decodeTime]),
        [
          [0, -40],
          [120, 0],
          [40, 40],
          [80, 80],
        ],
      )
      assert.equal(timer.waiting, 0)
    }
  })

  it('a packet without a line is not lost at the end', () => {
    const timer = packetTimer()
    timer.put([packet(0), packet(40)])
    timer.read(lines[3].replace('-512', '0'))
    assert.equal(timer.take().length, 1)
    assert.deepEqual([timer.take().length, timer.take(true)[0].decodeTime], [0, 40])
  })
})

/** Asserts that no packet is decoded before the one ahead of it, nor after it is shown. */
function assertInOrder(times: readonly (readonly [dts: number, pts: number])[]): void {
  for (const [index, [dts, pts]] of times.entries()) {
    assert.ok(dts <= pts, `packet ${index} is decoded at ${dts} and shown at ${pts}`)
    assert.ok(index === 0 || dts > times[index - 1][0], `packet ${index} goes back to ${dts}`)
  }
}
