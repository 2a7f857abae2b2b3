/**
 * Every flow unit that a runner brings: one import and one line each.
 * @module
 */
import type { FlowUnit } from '../../flow/stream/unit.ts'
import { base64Decoder } from './base64-decoder.ts'
import { buffMetaMapping } from './buff-meta-mapping.ts'
import { colorConvert } from './color-convert.ts'
import { crop } from './crop.ts'
import { dataSourceGenerator } from './data-source-generator.ts'
import { dataSourceParser } from './data-source-parser.ts'
import { drawBbox } from './draw-bbox.ts'
import { httpserverAsync } from './httpserver-async.ts'
import { httpserverSyncReceive } from './httpserver-sync-receive.ts'
import { httpserverSyncReply } from './httpserver-sync-reply.ts'
import { imageDecoder } from './image-decoder.ts'
import { imagePreprocess } from './image-preprocess.ts'
import { imageRotate } from './image-rotate.ts'
import { mean } from './mean.ts'
import { nms } from './nms.ts'
import { normalize } from './normalize.ts'
import { outputBroker } from './output-broker.ts'
import { packedPlanarTranspose } from './packed-planar-transpose.ts'
import { padding } from './padding.ts'
import { resize } from './resize.ts'
import { videoDecoder } from './video-decoder.ts'
import { videoDemuxer } from './video-demuxer.ts'
import { videoEncoder } from './video-encoder.ts'
import { videoInput } from './video-input.ts'
import { videoOut } from './video-out.ts'

/** The units, in the order of their names. */
export const UNITS: readonly FlowUnit[] = [
  base64Decoder,
  buffMetaMapping,
  colorConvert,
  crop,
  dataSourceGenerator,
  dataSourceParser,
  drawBbox,
  httpserverAsync,
  httpserverSyncReceive,
  httpserverSyncReply,
  imageDecoder,
  imagePreprocess,
  imageRotate,
  mean,
  nms,
  normalize,
  outputBroker,
  packedPlanarTranspose,
  padding,
  resize,
  videoDecoder,
  videoDemuxer,
  videoEncoder,
  videoInput,
  videoOut,
]
