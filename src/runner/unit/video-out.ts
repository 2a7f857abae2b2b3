/**
 * video_out: frames to an address; how they are packed follows from it.
 * @module
 */
import type { FlowUnit } from '../../flow/stream/unit.ts'
import { createEncoder } from './encode.ts'
import { lackOfFfmpeg } from './ffmpeg.ts'

export const videoOut: FlowUnit = {
  missing: lackOfFfmpeg,
  descriptor: {
    name: 'video_out',
    device: 'cpu',
    version: '1.0.0',
    group: 'Video',
    description: 'Sends frames to an address or into a file; the address says how',
    kind: 'stream',
    maxBatch: 32,
    defaultBatch: 8,
    inputs: [{ name: 'in_video_frame' }],
    outputs: [],
    options: [
      {
        name: 'default_dest_url',
        type: 'string',
        description: 'A file or an address',
        required: true,
      },
    ],
  },
  create: () =>
    createEncoder('video_out', (config) => {
      const url = config.text('default_dest_url')
      return { url, format: formatOf(url), encoder: 'mpeg4', bitRate: 3_200_000 }
    }),
}

function formatOf(url: string): string {
  if (/^rtsps?:/i.test(url)) return 'rtsp'
  if (/^rtmp|\.flv$/i.test(url)) return 'flv'
  if (/\.mkv$/i.test(url)) return 'matroska'
  return /^(udp|tcp|srt):|\.ts$/i.test(url) ? 'mpegts' : 'mp4'
}
