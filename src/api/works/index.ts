/**
 * Works: scheduled SQL and JARs.
 * @module
 */
import type { AppDeps } from '../deps.ts'
import { type Api, surface } from '../surface.ts'
import { worksEnvelope } from './envelope.ts'
import { checkJson } from './json-body.ts'
import { fileRoutes } from './routes/file.ts'
import { savepointRoutes } from './routes/savepoint.ts'
import { scriptRoutes } from './routes/script.ts'
import { severalRoutes } from './routes/several.ts'
import { taskRoutes } from './routes/task.ts'
import { versionRoutes } from './routes/version.ts'
import { workRoutes } from './routes/work.ts'

/** Where it is. */
export const WORKS_BASE = '/api/v1/works'
/** The paths of this surface. */
export const WORKS_PATHS = /^\/api\/v1\/works(\/|$)/
/** Paths of files, which are streamed and counted as they come. */
export const WORKS_FILES = /^\/api\/v1\/works\/[^/]+\/files\/[^/]+$/

/** The works surface; its place is `/api/v1/works`. */
export function worksSurface(deps: AppDeps): Api {
  return surface(
    {
      base: WORKS_BASE,
      title: 'works REST API',
      version: '1',
      description:
        'Works of Flink SQL and JARs: kept here, run on demand or by schedule. The first three digits of `code` are the HTTP status.',
      envelope: worksEnvelope,
      routes(api) {
        api.use(checkJson())
        scriptRoutes(api, deps)
        severalRoutes(api, deps)
        workRoutes(api, deps)
        taskRoutes(api, deps)
        savepointRoutes(api, deps)
        versionRoutes(api, deps)
        fileRoutes(api, deps)
      },
    },
    deps,
  )
}
