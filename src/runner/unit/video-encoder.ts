/**
 * video_encoder: frames into a video file or stream.
 * @module
 */
import type { FlowUnit } from '../../flow/stream/unit.ts'
import { createEncoder } from './encode.ts'
import { lackOfFfmpeg } from './ffmpeg.ts'

export const videoEncoder: FlowUnit = {
  missing: lackOfFfmpeg,
  descriptor: {
    name: 'video_encoder',
    device: 'cpu',
    version: '1.0.0',
    group: 'Video',
    description: 'Encodes frames into a file or a stream',
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
      {
        name: 'format',
        type: 'string',
        description: 'How it is packed',
        default: 'rtsp',
        values: {
          rtsp: 'sent to an RTSP server',
          flv: 'FLV, also over RTMP',
          mp4: 'an MP4 file',
          matroska: 'a Matroska file',
          mpegts: 'an MPEG transport stream',
        },
      },
      {
        name: 'encoder',
        type: 'string',
        description: "One of ffmpeg's encoders",
        default: 'mpeg4',
      },
      { name: 'bit_rate', type: 'int', description: 'Bits a second', default: '3200000' },
    ],
  },
  create: () =>
    createEncoder('video_encoder', (config) => ({
      url: config.text('default_dest_url'),
      format: config.text('format').toLowerCase(),
      encoder: config.text('encoder'),
      bitRate: config.integer('bit_rate'),
    })),
}
