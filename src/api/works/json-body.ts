/**
 * Says where a body stops being JSON. What people paste first are the document's samples, which have commas too many.
 * @module
 */
import type { MiddlewareHandler } from 'hono'

import { DomainError } from '../../domain/error.ts'
import { jsonFault } from '../json-fault.ts'
import type { ApiEnv } from '../surface.ts'

/** Refuses a body that is not JSON, with the position of the fault. */
export function checkJson(): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const isSent = c.req.method === 'POST' || c.req.method === 'PATCH'
    if (isSent && /\bjson\b/i.test(c.req.header('content-type') ?? '')) {
      const text = await c.req.text()
      const fault = text === '' ? undefined : jsonFault(text)
      if (fault !== undefined)
        throw new DomainError('invalid', describe(text, fault), { subject: 'json' })
    }
    return next()
  }
}

function describe(text: string, at: number): string {
  const before = text.slice(0, at)
  const line = before.split('\n').length
  const column = at - before.lastIndexOf('\n')
  const isComma = /,\s*$/.test(before) && /^[}\]]/.test(text.slice(at))
  const what = isComma
    ? `a comma before "${text.charAt(at)}", where JSON has none`
    : at < text.length
      ? `unexpected ${JSON.stringify(text.slice(at, at + 10))}`
      : 'it ends too early'
  return `The body is not JSON: ${what}, at position ${at} (line ${line}, column ${column})`
}
