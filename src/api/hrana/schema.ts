/**
 * Bodies of Hrana calls, versions 2 and 3, as JSON.
 * @module
 */
import { z } from '@hono/zod-openapi'

import type { HranaBatch, HranaCondition, HranaRequest } from '../../db/hrana-type.ts'

const index = z.int().min(0)

const value = z.discriminatedUnion('type', [
  z.object({ type: z.literal('null') }),
  z.object({ type: z.literal('integer'), value: z.string().regex(/^-?\d{1,19}$/) }),
  z.object({ type: z.literal('float'), value: z.number() }),
  z.object({ type: z.literal('text'), value: z.string() }),
  z.object({ type: z.literal('blob'), base64: z.string() }),
])

const source = { sql: z.string().nullish(), sql_id: z.int().nullish() }

const statement = z.object({
  ...source,
  args: z.array(value).nullish(),
  named_args: z.array(z.object({ name: z.string(), value })).nullish(),
  want_rows: z.boolean().nullish(),
})

const condition: z.ZodType<HranaCondition> = z.lazy(() =>
  z.discriminatedUnion('type', [
    z.object({ type: z.literal('ok'), step: index }),
    z.object({ type: z.literal('error'), step: index }),
    z.object({ type: z.literal('not'), cond: condition }),
    z.object({ type: z.literal('and'), conds: z.array(condition) }),
    z.object({ type: z.literal('or'), conds: z.array(condition) }),
    z.object({ type: z.literal('is_autocommit') }),
  ]),
)

const batch: z.ZodType<HranaBatch> = z.object({
  steps: z.array(z.object({ stmt: statement, condition: condition.nullish() })).max(10_000),
})

const request: z.ZodType<HranaRequest> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('execute'), stmt: statement }),
  z.object({ type: z.literal('batch'), batch }),
  z.object({ type: z.literal('sequence'), ...source }),
  z.object({ type: z.literal('describe'), ...source }),
  z.object({ type: z.literal('store_sql'), sql_id: z.int(), sql: z.string() }),
  z.object({ type: z.literal('close_sql'), sql_id: z.int() }),
  z.object({ type: z.literal('get_autocommit') }),
  z.object({ type: z.literal('close') }),
])

const baton = z.string().nullish()

/** Body of `pipeline`. */
export const PipelineBody = z.object({ baton, requests: z.array(request).max(10_000) })

/** Body of `cursor`. */
export const CursorBody = z.object({ baton, batch })
