/**
 * The video units in a flow, against what ffmpeg alone says of the same files; not without ffmpeg.
 * @module
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import type { FlowBuffer } from '../../../src/flow/stream/buffer.ts'
import { drawBbox } from '../../../src/runner/unit/draw-bbox.ts'
import { lackOfFfmpeg } from '../../../src/runner/unit/ffmpeg.ts'
import { imageRotate } from '../../../src/runner/unit/image-rotate.ts'
import { packetBytes, packetReader } from '../../../src/runner/unit/matroska.ts'
import { resize } from '../../../src/runner/unit/resize.ts'
import { videoDecoder } from '../../../src/runner/unit/video-decoder.ts'
import { videoDemuxer } from '../../../src/runner/unit/video-demuxer.ts'
import { videoEncoder } from '../../../src/runner/unit/video-encoder.ts'
import { videoInput } from '../../../src/runner/unit/video-input.ts'
import { videoOut } from '../../../src/runner/unit/video-out.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { openUnit } from '../../helpers/unit.ts'
import { mapper, mock, startFlow } from '../flow/mock.ts'

const UNITS = [
  videoInput,
  videoDemuxer,
  videoDecoder,
  videoEncoder,
  videoOut,
  resize,
  drawBbox,
  imageRotate,
]
const skip = (await lackOfFfmpeg()) ?? false
const FRAMES = 50
const SIZE = [128, 96] as const

function ffmpeg(...args: string[]): Buffer {
  return execFileSync('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-y', ...args], {
    maxBuffer: 2 ** 28,
  })
}

/** A moving test picture; with B frames, whose packets are not in the order in which they are shown. */
async function clip(name: string, ...args: string[]): Promise<string> {
  const path = join(await temporaryFolder(), name)
  const source = `testsrc=size=${SIZE.join('x')}:rate=25`
  ffmpeg('-f', 'lavfi', '-i', source, '-frames:v', String(FRAMES), ...args, path)
  return path
}

function countFrames(path: string): number {
  const found = execFileSync('ffprobe', [
    '-v',
    'error',
    '-select_streams',
    'v:0',
    '-count_frames',
    '-show_entries',
    'stream=nb_read_frames',
    '-of',
    'csv=p=0',
    path,
  ])
  return Number.parseInt(String(found), 10)
}

function sink(frames: FlowBuffer[]) {
  return mock('sink', { outputs: [], kind: 'stream', exceptionVisible: true }, () => ({
    process: (context) => void frames.push(...context.input('in')),
  }))
}

/** Writes a rotation into the header of the video track, as telephones do (ISO/IEC 14496-12, 8.3.2: `tkhd`). */
async function turned(path: string, angle: number): Promise<void> {
  const bytes = await readFile(path)
  const at = bytes.indexOf('tkhd') + 4 + 40
  const [cos, sin] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)]
  ;[cos, sin, 0, -sin, cos, 0].forEach((value, index) =>
    bytes.writeInt32BE(Math.round(value) * 65_536, at + 4 * index),
  )
  await writeFile(path, bytes)
}

async function decoded(
  url: string,
  options = '',
): Promise<{ frames: FlowBuffer[]; logs: string[] }> {
  const frames: FlowBuffer[] = []
  const logs: string[] = []
  const flow = await startFlow(
    `digraph { i [flowunit=video_input, source_url="${url}"] d [flowunit=video_demuxer${options}] v [flowunit=video_decoder, pix_fmt=rgb] s [flowunit=sink] i:out_video_url -> d:in_video_url d:out_video_packet -> v:in_video_packet v:out_video_frame -> s:in }`,
    [...UNITS, sink(frames)],
    logs,
  )
  await flow.done
  return { frames, logs }
}

describe('video units', { skip }, () => {
  it('decode every frame, the same and in the same order as ffmpeg alone', async () => {
    for (const path of [
      await clip('a.mp4', '-c:v', 'mpeg4', '-bf', '2', '-q:v', '3'),
      await clip('b.avi', '-c:v', 'mjpeg'),
      await clip('c.ts', '-c:v', 'mpeg2video', '-bf', '2'),
    ]) {
      const { frames } = await decoded(path)
      const whole = ffmpeg(
        '-i',
        path,
        '-f',
        'rawvideo',
        '-pix_fmt',
        'rgb24',
        '-fps_mode',
        'passthrough',
        'pipe:1',
      )
      assert.equal(frames.length, FRAMES, path)
      assert.ok(Buffer.concat(frames.map(({ data }) => data as Uint8Array)).equals(whole), path)
      assert.deepEqual(
        frames.map(({ meta }) => meta['index']),
        Array.from({ length: FRAMES }, (_, index) => index),
      )
      const times = frames.map(({ meta }) => Number(meta['timestamp']))
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
      )
      assert.deepEqual([frames[0].meta['rate_num'], frames[0].meta['rate_den']], [25, 1])
      assert.deepEqual(frames[0].meta['shape'], [SIZE[1], SIZE[0], 3])
    }
  })

  for (const angle of [0, 90, 180, 270])
    it(`frames say how they are to be turned, ${angle} degrees, how long the video is and which is the last`, async () => {
      const path = await clip('a.mp4', '-c:v', 'mpeg4', '-q:v', '3')
      await turned(path, angle)
      const { frames } = await decoded(path)
      assert.deepEqual(
        frames.map(({ meta }) => [meta['rotate_angle'], meta['duration'], meta['eos']]),
        Array.from({ length: FRAMES }, (_, index) => [angle, FRAMES / 25, index === FRAMES - 1]),
      )
      // ffmpeg turns them upright by itself where it is not told otherwise.
      const upright = ffmpeg(
        '-i',
        path,
        '-f',
        'rawvideo',
        '-pix_fmt',
        'rgb24',
        '-fps_mode',
        'passthrough',
        'pipe:1',
      )
      const unit = await openUnit(imageRotate, {})
      const { outputs } = await unit.call({ inputs: { in_image: frames } })
      const made = outputs.out_image
      const apart = Buffer.concat(made.map(({ data }) => data as Uint8Array))
        .map((value, at) => Math.abs(value - upright[at]))
        .reduce((sum, value) => sum + value, 0)
      assert.equal(made[0].meta['rotate_angle'], 0)
      assert.equal(made[0].meta['width'], SIZE[angle % 180 === 0 ? 0 : 1])
      // It turns before it makes colours of the chroma, which lies differently then.
      assert.ok(apart / upright.length < 4, String(apart / upright.length))
    })

  it('packets tell what the original tells of them', async () => {
    const packets: FlowBuffer[] = []
    const path = await clip('a.mp4', '-c:v', 'mpeg4', '-g', '10')
    const flow = await startFlow(
      `digraph { i [flowunit=video_input, source_url="${path}"] d [flowunit=video_demuxer] s [flowunit=sink] i:out_video_url -> d:in_video_url d:out_video_packet -> s:in }`,
      [...UNITS, sink(packets)],
    )
    await flow.done
    assert.equal(packets.length, FRAMES)
    const { size, ...meta } = packets[10].meta
    assert.equal(size, (packets[10].data as Uint8Array).length)
    assert.deepEqual(meta, {
      width: SIZE[0],
      height: SIZE[1],
      rate_num: 25,
      rate_den: 1,
      duration: 2,
      rotate_angle: 0,
      url: path,
      pts: 400,
      dts: 400,
      time_base: 1,
      key_frame: true,
    })
  })

  it('a clip goes through demuxer, decoder, resize, boxes and encoder, and keeps its number of frames', async () => {
    const path = await clip('a.mp4', '-c:v', 'mpeg4')
    const target = join(await temporaryFolder(), 'out.mp4')
    const boxes = mapper('boxes', ({ meta }) => ({
      data: [{ x: Number(meta['index']) % 40, y: 5, w: 16, h: 12 }],
      meta: {},
    }))
    const flow = await startFlow(
      `digraph { i [flowunit=video_input, source_url="${path}"] d [flowunit=video_demuxer] v [flowunit=video_decoder, pix_fmt=bgr] r [flowunit=resize, image_width=64, image_height=48] b [flowunit=boxes] w [flowunit=draw_bbox] e [flowunit=video_encoder, format=mp4, default_dest_url="${target}"]
       i:out_video_url -> d:in_video_url d:out_video_packet -> v:in_video_packet v:out_video_frame -> r:in_image r:out_image -> b:in r:out_image -> w:in_image b:out -> w:in_region w:out_image -> e:in_video_frame }`,
      [...UNITS, boxes],
    )
    const end = await flow.done
    assert.deepEqual(end, { sessions: 1, failed: 0 })
    assert.equal(countFrames(target), FRAMES)
  })

  for (const [format, options, same] of [
    ['rgb', 'image_width=64, image_height=48', false],
    ['nv12', 'image_width=64, image_height=48', true],
    ['nv12', 'image_width=60, image_height=40, interpolation=inter_area', true],
    ['rgb', 'image_width=60, image_height=40, interpolation=inter_area', false],
    ['nv12', 'image_width=60, image_height=40', true],
  ] as const)
    it(`a resize right behind is done by the decoder where that gives the same: ${format}, ${options}`, async () => {
      const path = await clip('a.mp4', '-c:v', 'mpeg4', '-q:v', '3')
      const through = async (between: string, edges: string) => {
        const frames: FlowBuffer[] = []
        const sizes: unknown[] = []
        const look = mapper('look', (buffer) => {
          sizes.push(buffer.meta['width'])
          return buffer
        })
        const flow = await startFlow(
          `digraph { i [flowunit=video_input, source_url="${path}"] d [flowunit=video_demuxer] v [flowunit=video_decoder, pix_fmt=${format}] r [flowunit=resize, ${options}] s [flowunit=sink] ${between}
           i:out_video_url -> d:in_video_url d:out_video_packet -> v:in_video_packet ${edges} r:out_image -> s:in }`,
          [...UNITS, look, sink(frames)],
        )
        await flow.done
        return { frames, sizes, calls: flow.figures().find(({ node }) => node === 'r')?.taken }
      }
      const fused = await through('', 'v:out_video_frame -> r:in_image')
      // A unit between them sees the frames as they are.
      const plain = await through(
        'l [flowunit=look]',
        'v:out_video_frame -> l:in l:out -> r:in_image',
      )
      assert.deepEqual(new Set(plain.sizes), new Set([SIZE[0]]))
      assert.deepEqual([fused.frames.length, fused.calls], [FRAMES, FRAMES])
      for (const [index, { data, meta }] of fused.frames.entries()) {
        const other = plain.frames[index]
        assert.deepEqual(meta, other.meta)
        const [a, b] = [data as Uint8Array, other.data as Uint8Array]
        const apart = a.reduce((sum, value, at) => sum + Math.abs(value - b[at]), 0) / a.length
        // Colours are mixed before or after the chroma is spread.
        assert.ok(apart < (same ? 0.6 : 4), `frame ${index} differs by ${apart} a sample`)
      }
    })

  it('a file that is no video, or is cut off, ends the session with a sentence', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'text.mp4'), 'this is no video')
    const { frames } = await decoded(join(folder, 'text.mp4'))
    assert.equal(frames.length, 1)
    assert.match(frames[0].error?.message ?? '', /text.mp4 cannot be read: /)
    const whole = await readFile(await clip('a.mkv', '-c:v', 'mpeg4'))
    await writeFile(join(folder, 'cut.mkv'), whole.subarray(0, whole.length / 2))
    const cut = await decoded(join(folder, 'cut.mkv'))
    assert.ok(cut.frames.length > 5 && cut.frames.length < FRAMES, String(cut.frames.length))
    const list = join(folder, 'list.m3u8')
    await writeFile(list, `#EXTM3U\n#EXTINF:1,\n/etc/passwd\n#EXT-X-ENDLIST\n`)
    assert.match((await decoded(list)).frames[0].error?.message ?? '', /cannot be read/)
    assert.match(
      (await decoded('concat:a|b')).frames[0].error?.message ?? '',
      /not read from "concat:"/,
    )
  })

  it('a stream that breaks off is opened again, as often as allowed', async () => {
    const file = await readFile(await clip('a.ts', '-c:v', 'mpeg2video'))
    let asked = 0
    const server = createServer((_, response) => {
      asked++
      if (asked === 2) response.writeHead(503).end()
      else response.writeHead(200, { 'content-type': 'video/mp2t' }).end(file)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const options = ', retry_enable=true, retry_interval_ms=20, retry_count_limit=1'
    const { frames, logs } = await decoded(`http://user:secret@127.0.0.1:${port}/a.ts`, options)
    server.close()
    // Once, a refusal, and no more: two failures in a row are more than one.
    assert.equal(asked, 2)
    assert.equal(frames.filter(({ error }) => !error).length, FRAMES)
    assert.match(logs.join('\n'), /broke off.*opened again in 20 ms/)
    assert.ok(!logs.join('\n').includes('secret'))
    assert.ok(!JSON.stringify(frames.map(({ meta }) => meta)).includes('secret'))
  })

  it('only key frames, where asked', async () => {
    const path = await clip('a.mp4', '-c:v', 'mpeg4', '-g', '10')
    const { frames } = await decoded(path, ', key_frame_only=true')
    assert.equal(frames.length, FRAMES / 10)
  })

  it('video_out writes what the name says; frames of another size are an error', async () => {
    const target = join(await temporaryFolder(), 'out.mkv')
    const unit = await openUnit(videoOut, { default_dest_url: target })
    const frame = (width: number) => ({
      data: new Uint8Array(width * 20 * 3).fill(width),
      meta: { width, height: 20, pix_fmt: 'rgb', rate_num: 10, rate_den: 1 },
    })
    for (let index = 0; index < 7; index++)
      await unit.call({ inputs: { in_video_frame: [frame(31)] } })
    await assert.rejects(
      unit.call({ inputs: { in_video_frame: [frame(40)] } }),
      /A frame is 40 x 20 rgb in a video of 31 x 20 rgb/,
    )
    await unit.end()
    assert.equal(countFrames(target), 7)
    assert.ok((await stat(target)).size > 100)
    await assert.rejects(
      openUnit(videoEncoder, { default_dest_url: 'x', format: 'wav' }),
      /format is "wav"/,
    )
    const nowhere = await openUnit(videoOut, { default_dest_url: '/nowhere/at/all.mp4' })
    await assert.rejects(async () => {
      for (let index = 0; index < 50; index++)
        await nowhere.call({ inputs: { in_video_frame: [frame(32)] } })
      await nowhere.end()
    }, /cannot be written: .*(No such file|ffmpeg)/)
  })

  it('packets put together again are the same packets, in pieces of any size', async () => {
    const bytes = await readFile(await clip('a.mkv', '-c:v', 'mpeg4', '-bf', '1'))
    const all = packetReader()
    const packets = all.read(bytes)
    assert.equal(packets.length, FRAMES)
    const again = Buffer.concat([
      all.track?.header ?? new Uint8Array(),
      ...packets.map(packetBytes),
    ])
    const pieces = packetReader()
    const found = []
    for (let at = 0; at < again.length; at += 777)
      found.push(...pieces.read(again.subarray(at, at + 777)))
    assert.deepEqual(found, packets)
    assert.deepEqual(pieces.track, all.track)
    assert.deepEqual([all.track?.width, all.track?.height], [...SIZE])
    assert.throws(() => packetReader().read(new Uint8Array(64)), /no Matroska/)
  })
})
