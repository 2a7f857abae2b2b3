/**
 * A video flow on a real server: a clip in the import folder is decoded, scaled, drawn into and encoded; the job succeeds and
 * the file has as many frames. Not without ffmpeg.
 * @module
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'

import { lackOfFfmpeg } from '../../src/runner/unit/ffmpeg.ts'
import { freshFolder, removeFolders, start, until } from './cluster.ts'

const skip = (await lackOfFfmpeg()) ?? false
const FRAMES = 75

const GRAPH = `digraph {
  input [flowunit=video_input, source_url="clip.mp4"]
  demuxer [flowunit=video_demuxer]
  decoder [flowunit=video_decoder, pix_fmt=bgr]
  resize [flowunit=resize, image_width=160, image_height=120]
  boxes [flowunit=boxes]
  draw [flowunit=draw_bbox]
  encoder [flowunit=video_encoder, format=mp4, default_dest_url="boxes.mp4"]
  input:out_video_url -> demuxer:in_video_url
  demuxer:out_video_packet -> decoder:in_video_packet
  decoder:out_video_frame -> resize:in_image
  resize:out_image -> boxes:in_image
  resize:out_image -> draw:in_image
  boxes:out_region -> draw:in_region
  draw:out_image -> encoder:in_video_frame
}`

describe('a video flow', { skip }, () => {
  const folders: string[] = []
  after(() => removeFolders(folders))

  it('keeps the number of frames and ends as succeeded; a file that is no video fails', async () => {
    const folder = await freshFolder('flow-video')
    folders.push(folder)
    await mkdir(join(folder, 'import'), { recursive: true })
    await mkdir(join(folder, 'export'), { recursive: true })
    await mkdir(join(folder, 'units/boxes'), { recursive: true })
    const clip = join(folder, 'import/clip.mp4')
    const source = 'testsrc=size=320x240:rate=25'
    const args = ['-loglevel', 'error', '-f', 'lavfi', '-i', source, '-frames:v', String(FRAMES)]
    execFileSync('ffmpeg', [...args, '-c:v', 'mpeg4', clip])
    await writeFile(join(folder, 'import/text.mp4'), 'no video')
    await writeFile(
      join(folder, 'units/boxes/boxes.toml'),
      '[base]\nname="boxes"\ntype="python"\nentry="boxes@Boxes"\nstream=false\n[input.input1]\nname="in_image"\n[output.output1]\nname="out_region"',
    )
    await writeFile(
      join(folder, 'units/boxes/boxes.py'),
      `import _flowunit as modelbox
class Boxes(modelbox.FlowUnit):
    def process(self, data_context):
        for buffer in data_context.input("in_image"):
            box = {"x": buffer.get("index") % 100, "y": 20, "w": 40, "h": 30}
            data_context.output("out_region").push_back(modelbox.Buffer(self.get_bind_device(), [box]))
        return modelbox.Status.StatusCode.STATUS_SUCCESS
`,
    )
    const server = await start({
      entry: 'start.ts',
      env: { WEFT_DATA_DIR: folder, WEFT_PORT: '0' },
      ready: /^weft listening on (http:\/\/127\.0\.0\.1:\d+)$/,
    })
    const jobs = `${server.match[1]}/v1/modelbox/job`
    const submit = async (id: string, graphconf: string) => {
      const graph = { format: 'graphviz', graphconf }
      const body = JSON.stringify({ job_id: id, job_graph: { graph } })
      const answer = await fetch(jobs, { method: 'PUT', body })
      return [answer.status, await answer.text()] as const
    }
    const ended = (id: string) =>
      until(`the end of ${id}`, async () => {
        const answer = await fetch(`${jobs}/${id}`)
        const job = (await answer.json()) as { job_status: string; job_error_msg: string }
        return ['SUCCEEDED', 'FAILED'].includes(job.job_status) && job
      })
    assert.deepEqual(await submit('boxes', GRAPH), [201, ''])
    assert.deepEqual(await ended('boxes'), {
      job_error_msg: '',
      job_id: 'boxes',
      job_status: 'SUCCEEDED',
    })
    const count = [
      '-v',
      'error',
      '-count_frames',
      '-show_entries',
      'stream=nb_read_frames',
      '-of',
      'csv=p=0',
    ]
    const found = execFileSync('ffprobe', [...count, join(folder, 'export/boxes.mp4')])
    assert.equal(Number.parseInt(String(found), 10), FRAMES)
    await submit('text', GRAPH.replace('clip.mp4', 'text.mp4'))
    assert.match((await ended('text')).job_error_msg, /text.mp4 cannot be read/)
    await submit('away', GRAPH.replace('clip.mp4', '/etc/passwd'))
    assert.match((await ended('away')).job_error_msg, /not in a folder that flows may read/)
    assert.equal(await server.stop(), 0)
  })
})
