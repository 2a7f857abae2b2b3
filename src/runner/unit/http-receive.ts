/**
 * What both HTTP sources have in common: their options, their listener, and requests as buffers.
 * @module
 */
import { createPrivateKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'

import { type FlowBuffer, flowBuffer } from '../../flow/stream/buffer.ts'
import type { UnitConfig } from '../../flow/stream/config.ts'
import type { UnitHost, UnitOption } from '../../flow/stream/unit.ts'
import { type HttpReply, type HttpRequest, openRoute } from './http-listener.ts'

/** Options of both sources. */
export const HTTP_OPTIONS: readonly UnitOption[] = [
  {
    name: 'endpoint',
    type: 'string',
    description: 'Where it listens: http://host:port/path, or https with cert and key',
    required: true,
    default: 'http://127.0.0.1:8080',
  },
  {
    name: 'max_requests',
    type: 'int',
    description: 'Most requests under way; more are refused with 429',
    default: '1000',
  },
  {
    name: 'keepalive_timeout_sec',
    type: 'int',
    description: 'How long an idle connection stays open',
    default: '200',
  },
  {
    name: 'max_body_bytes',
    type: 'int',
    description: 'Largest request body; more is refused with 413',
    default: '67108864',
  },
  {
    name: 'max_held_bytes',
    type: 'int',
    description:
      'Most bytes of request bodies at once, until they are answered; more is refused with 429',
    default: '1073741824',
  },
  { name: 'cert', type: 'string', description: 'PEM file with the certificate, for https' },
  { name: 'key', type: 'string', description: 'PEM file with its key, for https' },
  { name: 'passwd', type: 'string', description: 'Passphrase of the key', secret: true },
  { name: 'key_pass', type: 'string', description: 'Taken and not needed', secret: true },
]

/** Opens the listener of a source; `handle` gets each request that was let in. */
export async function openSource(
  config: UnitConfig,
  host: UnitHost,
  source: { admit(): number | undefined; handle(request: HttpRequest, reply: HttpReply): void },
): Promise<() => Promise<void>> {
  const endpoint = config.text('endpoint')
  const tls = await tlsOf(config, host, endpoint)
  const route = await openRoute({
    endpoint,
    keepAliveMs: config.integer('keepalive_timeout_sec') * 1000,
    bodyLimit: config.integer('max_body_bytes'),
    heldLimit: config.integer('max_held_bytes'),
    ...(tls ? { tls } : {}),
    ...source,
  })
  host.log(
    'info',
    `listens at ${endpoint}${endpoint.includes(':0') ? ` (port ${route.port})` : ''}`,
  )
  const ends = host.listen(route.address)
  return async () => {
    ends()
    await route.close()
  }
}

async function tlsOf(
  config: UnitConfig,
  host: UnitHost,
  endpoint: string,
): Promise<{ cert: string; key: string; passphrase?: string } | undefined> {
  if (!endpoint.startsWith('https:')) return undefined
  const [cert, key] = await Promise.all(
    ['cert', 'key'].map(async (name) => {
      if (!config.has(name))
        throw new Error(`${endpoint} is https and has no "${name}": name the PEM file`)
      return readFile(await host.readable(config.text(name)), 'utf8')
    }),
  )
  const passphrase = config.has('passwd') ? { passphrase: config.text('passwd') } : {}
  try {
    createPrivateKey({ key, ...passphrase })
  } catch (cause) {
    throw new Error(
      `${endpoint}: its key cannot be read: it is no PEM, or "passwd" is not its passphrase`,
      { cause },
    )
  }
  return { cert, key, ...passphrase }
}

/** A request as a buffer: the body, and what the original tells of it. */
export function requestBuffer(
  { body, method, uri, headers }: HttpRequest,
  endpoint: string,
): FlowBuffer {
  return flowBuffer(body, { size: body.byteLength, method, uri, headers, endpoint })
}
