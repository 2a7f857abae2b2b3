/**
 * Sends to the webhooks that users name: to addresses of the public internet, and to those of this network that the
 * operator has allowed.
 * @module
 */
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'

import { sealHeaders, secretFault } from '../domain/webhook-signature.ts'
import type { SendWebhook } from '../domain/webhook.ts'
import { type AllowedHosts, wayTo } from '../runner/reach.ts'

const TIMEOUT_MS = 10_000

/**
 * Sends over HTTP, signed with the server's `secret` where a message has none of its own. A redirect is not followed, as
 * it would be told what is meant for another.
 */
export function webhookSender(
  allowed: AllowedHosts,
  { secret, now = Date.now }: { secret?: string | undefined; now?: () => number } = {},
): SendWebhook {
  const fault = secret === undefined ? undefined : secretFault(secret)
  if (fault !== undefined) throw new RangeError(`WEFT_WEBHOOK_SECRET should be ${fault}`)
  return async (address, body, seal) => {
    const url = new URL(address)
    if (url.protocol !== 'http:' && url.protocol !== 'https:')
      throw new Error(`a webhook is at http or https, not at ${url.protocol}`)
    const resolve = wayTo(allowed, url)
    const text = JSON.stringify(body)
    const headers = await sealHeaders(
      { ...seal, secret: seal.secret ?? secret },
      { text, at: now() },
    )
    const status = await post(url, {
      text,
      headers,
      lookup: resolve,
    })
    if (status < 200 || status > 299) throw new Error(`it answered ${status}`)
  }
}

/** Posts a text on a connection of its own; how it was answered. */
function post(
  url: URL,
  {
    text,
    headers,
    lookup: resolve,
  }: {
    text: string
    headers: Readonly<Record<string, string>>
    lookup: LookupFunction
  },
): Promise<number> {
  const { username, password } = url
  const auth =
    username === ''
      ? {}
      : { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` }
  const request = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((taken, refused) => {
    const sent = request(url, {
      method: 'POST',
      // A connection that was kept would be one that nobody has looked at.
      agent: false,
      lookup: resolve,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...auth,
      headers: {
        ...headers,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      },
    })
    sent.on('error', refused)
    sent.on('response', (response) => {
      // What it answers beside that is nobody's concern, and may have no end.
      response.destroy()
      taken(response.statusCode ?? 0)
    })
    sent.end(text)
  })
}
