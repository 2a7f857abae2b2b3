/**
 * The runner gateway: what a runner of another organisation needs instead of the database. Every call is limited to
 * the parties of its token.
 * @module
 */
import { bodyLimit } from 'hono/body-limit'

import { invalid } from '../../domain/error.ts'
import type { AppDeps } from '../deps.ts'
import { errorEnvelope } from '../error-envelope.ts'
import { type Api, surface } from '../surface.ts'
import { handleRoutes } from './handle.ts'
import { joinRoutes } from './join.ts'
import { logRoutes } from './log.ts'
import { mailRoutes } from './mail.ts'
import { onlineRoutes } from './online.ts'
import { orderRoutes } from './order.ts'
import { spoolRoutes } from './spool.ts'
import { workRoutes } from './work.ts'

/** The gateway; its place is `/runner/v1`. */
export function runnerGateway(deps: AppDeps): Api {
  return surface(
    {
      base: '/runner/v1',
      title: 'Weft runner gateway',
      version: '1',
      description:
        'For runners of other organisations. `Authorization: Bearer` with a runner token; a request whose answer ' +
        'was lost may be sent again.',
      envelope: errorEnvelope,
      routes(api) {
        api.openAPIRegistry.registerComponent('securitySchemes', 'runnerToken', {
          type: 'http',
          scheme: 'bearer',
        })
        // Rows and logs are counted on the way.
        api.use((c, next) => (c.req.method === 'PUT' ? next() : limitBody(c, next)))
        joinRoutes(api, deps)
        workRoutes(api, deps)
        onlineRoutes(api, deps)
        orderRoutes(api, deps)
        handleRoutes(api, deps)
        mailRoutes(api, deps)
        spoolRoutes(api, deps)
        logRoutes(api, deps)
      },
    },
    deps,
  )
}

/** Reports with previews are the largest. */
const BODY_BYTES = 32 * 1024 * 1024

const limitBody = bodyLimit({
  maxSize: BODY_BYTES,
  onError: () => {
    throw invalid(`The request body is larger than ${BODY_BYTES} bytes: send less at once`)
  },
})
