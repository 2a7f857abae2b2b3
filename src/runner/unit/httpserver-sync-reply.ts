/**
 * httpserver_sync_reply: answers the HTTP request of its session.
 * @module
 */
import { bytesOf } from '../../flow/stream/buffer.ts'
import { type FlowUnit, type Unit, UnitError } from '../../flow/stream/unit.ts'
import type { HttpReply } from './http-listener.ts'
import { REPLY } from './httpserver-sync-receive.ts'

const TYPES: Readonly<Record<string, string>> = {
  htm: 'text/html',
  html: 'text/html',
  js: 'application/javascript',
  css: 'text/css',
  json: 'application/json',
  png: 'image/png',
  gif: 'image/gif',
  jpeg: 'image/jpeg',
  svg: 'image/svg+xml',
  tar: 'application/x-tar',
  txt: 'text/plain;charset=utf-8',
  ico: 'application/octet-stream',
  xml: 'application/xml',
  mpeg: 'video/mpeg',
  mp3: 'audio/mp3',
}

export const httpserverSyncReply: FlowUnit = {
  descriptor: {
    name: 'httpserver_sync_reply',
    device: 'cpu',
    version: '1.0.0',
    group: 'Output',
    description:
      'Answers the request that httpserver_sync_receive has taken; the first answer counts',
    kind: 'stream',
    inputs: [{ name: 'in_reply_info', description: 'The body of the answer' }],
    outputs: [],
    options: [
      {
        name: 'content_type',
        type: 'string',
        description: 'What the answer is',
        default: 'txt',
        values: TYPES,
      },
    ],
  },
  create: createReply,
}

function createReply(): Unit {
  let type = ''

  return {
    open(config) {
      const key = config.text('content_type')
      if (!Object.hasOwn(TYPES, key)) throw new Error(`unsupport content type ${key}`)
      type = TYPES[key]
    },
    process(context) {
      const reply = context.session.values.get(REPLY) as HttpReply | undefined
      if (!reply) throw new UnitError('Http.NoRequest', 'http reply handler is nullptr.')
      const [first] = context.input('in_reply_info')
      // Texts go as they are: encoding them first costs a copy.
      reply.send(200, typeof first.data === 'string' ? first.data : bytesOf(first), type)
    },
  }
}
