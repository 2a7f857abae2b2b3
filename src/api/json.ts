/**
 * Short forms for the JSON bodies of `createRoute`.
 * @module
 */
import type { z } from '@hono/zod-openapi'

/** A JSON response. */
export function json<T extends z.ZodType>(
  schema: T,
  description: string,
): { description: string; content: { 'application/json': { schema: T } } } {
  return { description, content: { 'application/json': { schema } } }
}

/** A JSON request body. Required, so that a missing content type is an error and not an empty object. */
export function jsonBody<T extends z.ZodType>(
  schema: T,
): { body: { required: true; content: { 'application/json': { schema: T } } } } {
  return { body: { required: true, content: { 'application/json': { schema } } } }
}
