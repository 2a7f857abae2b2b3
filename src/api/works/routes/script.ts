/**
 * Scripts that are looked at before they run.
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi'

import { engineNow } from '../../../domain/works-run.ts'
import type { AppDeps } from '../../deps.ts'
import { json, jsonBody } from '../../json.ts'
import type { Api } from '../../surface.ts'
import { success } from '../envelope.ts'
import { answer, LONGEST_SCRIPT, WorksError } from '../schema.ts'
import { checkScript, formatScript } from '../script.ts'

const Place = { line: z.int(), column: z.int() }
const Script = z.object({ script: z.string().max(LONGEST_SCRIPT) })
const Checked = Script.extend({ type: z.enum(['STREAMING', 'BATCH']).default('BATCH') })
const Fault = z.object({ ...Place, message: z.string() })
const bad = json(WorksError, 'A field that cannot be, named')

/** Adds the routes of scripts. Before those of one work, whose paths they look like. */
export function scriptRoutes(api: Api, deps: AppDeps): void {
  const check = createRoute({
    method: 'post',
    path: '/check',
    operationId: 'works.check',
    summary: 'The statements of a script, and what the engine that would run it now refuses',
    request: jsonBody(Checked),
    responses: {
      200: json(
        answer(
          z.object({
            statements: z.array(z.object({ ...Place, text: z.string() })),
            error: Fault.nullable().openapi({ description: 'The first of them' }),
            errors: z.array(Fault),
            engine: z
              .enum(['flink', 'local'])
              .nullable()
              .openapi({ description: 'By whose rules; null where it was only split' }),
            note: z.string().nullable().openapi({ description: 'What was not looked at, and why' }),
          }),
        ),
        'What it is made of',
      ),
      400: bad,
    },
  })
  api.openapi(check, async (c) => {
    const { script, type } = c.req.valid('json')
    const { statements, errors, ...rest } = await checkScript(script, {
      type,
      engine: await engineNow(deps.db, { type, category: 'FLINK_SQL' }),
      flink: deps.flinkScripts,
    })
    return c.json(success({ statements: [...statements], errors: [...errors], ...rest }), 200)
  })

  const format = createRoute({
    method: 'post',
    path: '/format',
    operationId: 'works.format',
    summary: 'A script laid out: keywords in capitals, a clause a line',
    request: jsonBody(Script),
    responses: { 200: json(answer(Script), 'The script'), 400: bad },
  })
  api.openapi(format, (c) =>
    c.json(success({ script: formatScript(c.req.valid('json').script) }), 200),
  )
}
