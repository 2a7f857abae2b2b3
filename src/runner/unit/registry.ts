/**
 * Every flow unit that a runner brings: one import and one line each.
 * @module
 */
import type { FlowUnit } from '../../flow/stream/unit.ts'
import { base64Decoder } from './base64-decoder.ts'
import { buffMetaMapping } from './buff-meta-mapping.ts'
import { dataSourceGenerator } from './data-source-generator.ts'
import { httpserverAsync } from './httpserver-async.ts'
import { httpserverSyncReceive } from './httpserver-sync-receive.ts'
import { httpserverSyncReply } from './httpserver-sync-reply.ts'

/** The units, in the order of their names. */
export const UNITS: readonly FlowUnit[] = [
  base64Decoder,
  buffMetaMapping,
  dataSourceGenerator,
  httpserverAsync,
  httpserverSyncReceive,
  httpserverSyncReply,
]
