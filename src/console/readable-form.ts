/**
 * Refuses a form that nobody can read before somebody tries to: what is sent so is the sender's fault.
 * @module
 */
import type { MiddlewareHandler } from 'hono'

import { DomainError } from '../domain/error.ts'

/** Middleware for routes that take forms, of which those with parts can be damaged. */
export function readableForm(): MiddlewareHandler {
  return async (c, next) => {
    if (/^multipart\/form-data/i.test(c.req.header('content-type') ?? '')) {
      try {
        // A copy: whoever answers reads it in its own way.
        await c.req.raw.clone().formData()
      } catch (cause) {
        throw new DomainError(
          'invalid',
          'The form cannot be read: load the page anew and send it again',
          { cause },
        )
      }
    }
    return next()
  }
}
