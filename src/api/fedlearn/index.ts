/**
 * FedLearn 0.9.1.
 * @module
 */
import type { AppDeps } from '../deps.ts'
import { type Api, surface } from '../surface.ts'
import { fedlearnEnvelope } from './envelope.ts'
import { inferenceRoutes } from './routes/inference.ts'
import { prepareRoutes } from './routes/prepare.ts'
import { systemRoutes } from './routes/system.ts'
import { trainRoutes } from './routes/train.ts'

/** The paths of this surface, which shares `/api` with others. */
export const FEDLEARN_PATHS = /^\/api\/(prepare|match|train|inference|validate|system)\//

/** The FedLearn surface; its place is `/api`, after those that have a place below it. */
export function fedlearnSurface(deps: AppDeps): Api {
  return surface(
    {
      base: '/api',
      title: 'FedLearn REST API',
      version: '0.9.1',
      description:
        'Matching, training and inference over several clients. Every answer has HTTP status 200; the result is in `code`.',
      envelope: fedlearnEnvelope,
      routes(api) {
        prepareRoutes(api, deps)
        trainRoutes(api, deps)
        inferenceRoutes(api, deps)
        systemRoutes(api, deps)
      },
    },
    deps,
  )
}
