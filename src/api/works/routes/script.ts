/**
 * Scripts that are looked at before they run.
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi'

import { json, jsonBody } from '../../json.ts'
import type { Api } from '../../surface.ts'
import { success } from '../envelope.ts'
import { answer, LONGEST_SCRIPT, WorksError } from '../schema.ts'
import { checkScript, formatScript } from '../script.ts'

const Place = { line: z.int(), column: z.int() }
const Script = z.object({ script: z.string().max(LONGEST_SCRIPT) })
const bad = json(WorksError, 'A field that cannot be, named')

/** Adds the routes of scripts. Before those of one work, whose paths they look like. */
export function scriptRoutes(api: Api): void {
  const check = createRoute({
    method: 'post',
    path: '/check',
    operationId: 'works.check',
    summary: 'The statements of a script, or where it cannot be split into any',
    request: jsonBody(Script),
    responses: {
      200: json(
        answer(
          z.object({
            statements: z.array(z.object({ ...Place, text: z.string() })),
            error: z.object({ ...Place, message: z.string() }).nullable(),
          }),
        ),
        'What it is made of',
      ),
      400: bad,
    },
  })
  api.openapi(check, (c) => {
    const { statements, error } = checkScript(c.req.valid('json').script)
    return c.json(success({ statements: [...statements], error }), 200)
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
