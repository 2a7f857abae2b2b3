/**
 * The route by which a runner joins: a one-time code for a token.
 * @module
 */
import { createRoute } from '@hono/zod-openapi'

import { unavailable } from '../../domain/error.ts'
import { peekInvite, redeemInvite } from '../../domain/invite.ts'
import type { AppDeps } from '../deps.ts'
import { json, jsonBody } from '../json.ts'
import type { Api } from '../surface.ts'
import { GatewayError, JoinBody, Joined } from './schema.ts'

/** Joining with a code. The one route without a token: the code is what its caller has instead. */
export function joinRoutes(api: Api, deps: AppDeps): void {
  const { db } = deps
  const join = createRoute({
    method: 'post',
    path: '/join',
    operationId: 'runner.join',
    summary: 'Exchanges a one-time code for a token',
    request: jsonBody(JoinBody),
    responses: {
      200: json(Joined, 'The token, shown this once'),
      404: json(GatewayError, 'No such code'),
      409: json(GatewayError, 'The code was used, or has expired'),
      422: json(GatewayError, 'A field is missing or wrong'),
    },
  })
  api.openapi(join, async (c) => {
    const { code } = c.req.valid('json')
    const { trusted } = await peekInvite(db, code, deps.now())
    if (trusted && !deps.hrana) {
      // Not yet used up: the operator may start the server differently.
      throw unavailable(
        'This server keeps its database elsewhere and cannot share it: start the runner with WEFT_DATABASE_URL and WEFT_DATABASE_TOKEN of that database',
      )
    }
    const { name, parties, token } = await redeemInvite(db, code, deps.now())
    const kind = trusted ? ('database' as const) : ('gateway' as const)
    return c.json({ token, kind, name, parties: parties && [...parties] }, 200)
  })
}
