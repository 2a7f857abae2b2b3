/**
 * Posts envelopes to the inboxes of other runners over sockets that stay open.
 *
 * An online prediction is two small requests: `fetch` needs three times the processor time of what is done here.
 * @module
 */
import { Agent, type ClientRequest, request, type RequestOptions } from 'node:http'
import { Agent as SecureAgent, request as secureRequest } from 'node:https'

import type { SendEnvelope } from '../federation/route.ts'

/** A way to inboxes; redirects are not followed. */
export function sendOverSockets(): SendEnvelope {
  const agents = {
    open: new Agent({ keepAlive: true }),
    secure: new SecureAgent({ keepAlive: true }),
  }

  function ask(url: string, options: RequestOptions): ClientRequest {
    return url.startsWith('https:')
      ? secureRequest(url, { ...options, agent: agents.secure })
      : request(url, { ...options, agent: agents.open })
  }

  const send: SendEnvelope = (url, envelope, { signal, ms, most }) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted()
      const headers = {
        'content-type': 'application/octet-stream',
        'content-length': envelope.length,
      }
      const asked = ask(url, { method: 'POST', headers })
      const stop = () => asked.destroy(toError(signal.reason))
      const timer = setTimeout(() => asked.destroy(new Error(`No answer within ${ms} ms`)), ms)
      signal.addEventListener('abort', stop, { once: true })
      asked.on('close', () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', stop)
        // Whatever ended it before an answer was complete; nothing where there was one.
        reject(new Error('The connection was closed before the answer was complete'))
      })
      asked.on('error', (error: Error & { code?: string }) => {
        // The inbox has closed a socket that was kept too long: an envelope may go out twice.
        const reset = error.code === 'ECONNRESET' || error.code === 'EPIPE'
        const stale = asked.reusedSocket && reset && !signal.aborted
        if (stale) resolve(send(url, envelope, { signal, ms, most }))
        else reject(error)
      })
      asked.on('response', (response) => {
        const pieces: Buffer[] = []
        let size = 0
        response.on('data', (piece: Buffer) => {
          size += piece.length
          if (size <= most) {
            pieces.push(piece)
            return
          }
          reject(new Error('The answer is too long'))
          asked.destroy()
        })
        response.on('error', reject)
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            answer: new Uint8Array(Buffer.concat(pieces)),
          })
        })
      })
      asked.end(envelope)
    })

  return send
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}
