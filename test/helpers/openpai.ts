/**
 * Calls of OpenPAI's API.
 * @module
 */
import type { Hono } from 'hono'

export interface PaiReply {
  readonly status: number
  // What a field holds is for the assertion to say.
  readonly body: ReturnType<typeof JSON.parse>
}

export type PaiCall = (
  method: string,
  path: string,
  body?: unknown,
  token?: string,
) => Promise<PaiReply>

/** Sends texts as YAML and everything else as JSON, to paths below `/api/v2` where they name no other place. */
export function paiCalls(app: () => Hono): PaiCall {
  return async (method, path, body, token) => {
    const response = await app().request(path.startsWith('/rest') ? path : `/api/v2${path}`, {
      method,
      headers: {
        'content-type': typeof body === 'string' ? 'text/yaml' : 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const json = response.headers.get('content-type')?.includes('json')
    return { status: response.status, body: json ? JSON.parse(text) : text }
  }
}
