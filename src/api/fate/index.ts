/**
 * FATE-Flow 1.0.
 * @module
 */
import type { AppDeps } from '../deps.ts'
import { type Api, surface } from '../surface.ts'
import { wordEnvelopes } from './dialect.ts'
import { fateEnvelope } from './envelope.ts'
import { afterRoutes } from './routes/after.ts'
import { dataRoutes } from './routes/data.ts'
import { describeRoutes } from './routes/describe.ts'
import { insteadRoutes } from './routes/instead.ts'
import { jobRoutes } from './routes/job.ts'
import { laterRoutes } from './routes/later.ts'
import { leftRoutes } from './routes/left.ts'
import { migrateRoutes } from './routes/migrate.ts'
import { modelFileRoutes } from './routes/model-file.ts'
import { modelStoreRoutes } from './routes/model-store.ts'
import { modelRoutes } from './routes/model.ts'
import { servingRoutes } from './routes/serving.ts'
import { tagRoutes } from './routes/tag.ts'
import { trackingRoutes } from './routes/tracking.ts'

/** The FATE-Flow surface; its place is `/v1`. */
export function fateSurface(deps: AppDeps): Api {
  return surface(
    {
      base: '/v1',
      title: 'FATE-Flow REST API',
      version: '1.0.2',
      description:
        'Federated jobs as a graph of components. Every answer has five keys and HTTP status 200; the result is in `retcode`.',
      envelope: fateEnvelope,
      routes(api) {
        api.use('*', wordEnvelopes(deps))
        dataRoutes(api, deps)
        jobRoutes(api, deps)
        trackingRoutes(api, deps)
        modelRoutes(api, deps)
        laterRoutes(api, deps)
        afterRoutes(api, deps)
        leftRoutes(api, deps)
        describeRoutes(api, deps)
        modelFileRoutes(api, deps)
        modelStoreRoutes(api, deps)
        tagRoutes(api, deps)
        migrateRoutes(api, deps)
        servingRoutes(api, deps)
        insteadRoutes(api)
      },
    },
    deps,
  )
}
