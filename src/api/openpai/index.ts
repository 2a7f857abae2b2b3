/**
 * OpenPAI's rest server.
 * @module
 */
import type { AppDeps } from '../deps.ts'
import { type Api, surface } from '../surface.ts'
import { openpaiEnvelope, PaiFault } from './fault.ts'
import { paiLimits } from './limits.ts'
import { clusterRoutes } from './routes/cluster.ts'
import { frameworkRoutes } from './routes/framework.ts'
import { jobRoutes } from './routes/job.ts'
import { loginRoutes } from './routes/login.ts'
import { taskRoutes } from './routes/task.ts'
import { userRoutes } from './routes/user.ts'

/** Where it is mounted: its own place first, then where clients of other times look for it. */
export const OPENPAI_BASES = [
  '/api/v2',
  '/api/v1',
  '/rest-server/api/v2',
  '/rest-server/api/v1',
] as const

/** Everything below them. */
export const OPENPAI_PATHS = /^(\/rest-server)?\/api\/v[12](\/|$)/

/** The OpenPAI surface. */
export function openpaiSurface(deps: AppDeps): Api {
  const limits = paiLimits(deps)
  return surface(
    {
      base: '/api/v2',
      title: 'OpenPAI REST API',
      version: '2.2.7',
      description: 'Jobs made of task roles, with attempts and versions.',
      envelope: openpaiEnvelope,
      fault: (error) =>
        error instanceof PaiFault
          ? { status: error.status, body: { code: error.code, message: error.message } }
          : undefined,
      routes(api) {
        api.use(limits.ofAddress)
        loginRoutes(api, deps)
        jobRoutes(api, deps, limits)
        taskRoutes(api, deps)
        frameworkRoutes(api, deps)
        userRoutes(api, deps)
        clusterRoutes(api, deps)
      },
    },
    deps,
  )
}
