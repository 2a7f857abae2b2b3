/**
 * The JSON body of a request of any method: `Request` has none for GET, although HTTP does and some clients send one.
 * @module
 */
import type { Context } from 'hono'

import { DomainError } from '../domain/error.ts'
import { checkNamed } from './access.ts'
import type { ApiEnv } from './surface.ts'

const LIMIT = 1024 * 1024

/** The parsed body, or undefined where there is none. On runtimes that hide it, a GET has none. */
export async function readJsonBody(c: Context<ApiEnv>): Promise<unknown> {
  const text = c.req.method === 'GET' ? await readIncoming(c) : await c.req.text()
  if (text.trim() === '') return undefined
  const value = parse(text)
  await checkNamed(c, value)
  return value
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new DomainError('invalid', 'The request body is not valid JSON', { cause })
  }
}

async function readIncoming(c: Context<ApiEnv>): Promise<string> {
  // Without bindings, as in tests and at the edge, the context has no environment at all.
  const incoming = (c.env as ApiEnv['Bindings'] | undefined)?.incoming
  const isThere = c.req.header('content-length') ?? c.req.header('transfer-encoding')
  if (!incoming || isThere === undefined) return ''
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of incoming) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > LIMIT) {
      throw new DomainError('limit', `The request body is longer than ${LIMIT} bytes`)
    }
  }
  return text + decoder.decode()
}
