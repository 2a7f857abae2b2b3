/**
 * Fields that many bodies of the runner gateway have, with their limits.
 * @module
 */
import { z } from '@hono/zod-openapi'

export const Name = z.string().min(1).max(256)
export const Id = z.string().min(1).max(128)
export const Open = z.record(z.string(), z.unknown())
export const Count = z.int().min(0)
export const Time = z.int().min(0).openapi({ description: 'Milliseconds since 1970' })
export const Text = z.string().max(1024 * 1024)
export const Address = z
  .string()
  .max(512)
  .regex(/^[^:]+:.+$/, 'expected role:party')
