/**
 * The whole HTTP side: surfaces, console, gateway, health, documentation. Runs on Node, Deno and at the edge.
 * @module
 */
import { Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { requestId } from 'hono/request-id'
import { secureHeaders } from 'hono/secure-headers'

import { authenticate } from './api/auth.ts'
import type { AppDeps } from './api/deps.ts'
import { errorEnvelope } from './api/error-envelope.ts'
import { fateSurface } from './api/fate/index.ts'
import { loadServing } from './api/fate/serving.ts'
import { fedlearnEnvelope } from './api/fedlearn/envelope.ts'
import { FEDLEARN_PATHS, fedlearnSurface } from './api/fedlearn/index.ts'
import { healthRoutes } from './api/health.ts'
import { HRANA_PATH, hranaRoutes, isHranaCall } from './api/hrana/index.ts'
import { modelboxEnvelope } from './api/modelbox/envelope.ts'
import { MODELBOX_PATHS, modelboxHeaders, modelboxSurface } from './api/modelbox/index.ts'
import { mayCross, paiCors } from './api/openpai/cors.ts'
import { openpaiEnvelope } from './api/openpai/fault.ts'
import { OPENPAI_BASES, OPENPAI_PATHS, openpaiSurface } from './api/openpai/index.ts'
import { ownHost, sameOrigin } from './api/origin.ts'
import { requestLog } from './api/request-log.ts'
import { runnerGateway } from './api/runner/index.ts'
import { weftSurface } from './api/weft/index.ts'
import { type Refuse, refusalsIn, rootFault } from './api/wording.ts'
import { worksEnvelope } from './api/works/envelope.ts'
import { WORKS_BASE, WORKS_FILES, WORKS_PATHS, worksSurface } from './api/works/index.ts'
import { docsRoutes } from './console/docs.tsx'
import { askingOf } from './console/fedlearn/ask.ts'
import { consoleRoutes } from './console/index.ts'
import { languageRoutes } from './console/language.ts'
import { loginRoutes } from './console/login.tsx'
import { askingWorks } from './console/works/ask.ts'

/** What has a real status and one form of failure. */
const OWN_PATHS = /^\/(api\/weft|runner\/v1)(\/|$)/

export interface AppOptions {
  /** Serves `public/` under `/static`; each runtime has its own way. */
  readonly assets?: MiddlewareHandler
}

/** Builds the app. */
export function createApp(deps: AppDeps, options: AppOptions = {}): Hono {
  const app = new Hono()
  const refuse = refusalsIn([
    { path: FEDLEARN_PATHS, envelope: fedlearnEnvelope },
    { path: MODELBOX_PATHS, envelope: modelboxEnvelope },
    { path: WORKS_PATHS, envelope: worksEnvelope },
    // Behind the one that lies below its path.
    { path: OPENPAI_PATHS, envelope: openpaiEnvelope },
    { path: OWN_PATHS, envelope: errorEnvelope },
  ])
  app.onError(rootFault(deps, refuse))
  app.use(requestId({ headerName: 'X-Request-Id' }))
  app.use(requestLog(deps.log))
  // Outside of the other headers, as the last word counts.
  app.use('/v1/modelbox/*', modelboxHeaders)
  app.use(
    secureHeaders({
      xFrameOptions: 'DENY',
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
      // The console is often behind plain HTTP on a private network.
      strictTransportSecurity: false,
    }),
  )
  app.use(ownHost(deps.settings.hosts, refuse))
  app.use(sameOrigin(mayCross(deps.settings), refuse))
  app.use(paiCors(deps.settings))
  app.use(limitBody(deps, refuse))

  if (options.assets) app.use('/static/*', options.assets)
  app.route('/', healthRoutes(deps))
  app.route('/', loginRoutes(deps))
  app.route('/', languageRoutes())
  // Their callers have tokens of another kind.
  for (const path of [HRANA_PATH, '/']) app.route(path, hranaRoutes(deps))
  const authentic = authenticate(deps, refuse)
  // Before the one that answers whatever else is below `/api/v1`.
  const works = worksSurface(deps)
  app.use(`${WORKS_BASE}/*`, authentic)
  app.route(WORKS_BASE, works)
  // It words refusals of its own, and has routes for guests.
  const openpai = openpaiSurface(deps)
  for (const base of OPENPAI_BASES) app.route(base, openpai)
  app.use(authentic)

  const fate = fateSurface(deps)
  const fedlearn = fedlearnSurface(deps)
  const surfaces = [
    // Before the one whose path it lies below.
    { name: 'modelbox', title: 'ModelBox', path: '/v1/modelbox', api: modelboxSurface(deps) },
    { name: 'fate', title: 'FATE-Flow', path: '/v1', api: fate },
    {
      name: 'weft',
      title: 'Weft',
      path: '/api/weft',
      api: weftSurface(deps, (wanted, owner) => loadServing({ ...deps, owner }, wanted)),
    },
    { name: 'openpai', title: 'OpenPAI', path: '/api/v2', api: openpai },
    { name: 'runner', title: 'Runner gateway', path: '/runner/v1', api: runnerGateway(deps) },
    { name: 'works', title: 'works', path: WORKS_BASE, api: works },
    // Last, as it answers whatever below its path nobody else does.
    { name: 'fedlearn', title: 'FedLearn', path: '/api', api: fedlearn },
  ]
  const mounted: readonly object[] = [openpai, works]
  for (const { path, api } of surfaces) if (!mounted.includes(api)) app.route(path, api)
  app.route(
    '/docs',
    docsRoutes(
      surfaces.map(({ name, title, path, api }) => ({
        name,
        title,
        load: async () => (await api.request('/openapi.json')).json() as Promise<object>,
        path,
      })),
      deps.settings.version,
    ),
  )
  for (const { name, api } of surfaces) {
    app.get(`/${name}/openapi.json`, () => api.request('/openapi.json'))
  }
  app.route(
    '/',
    consoleRoutes({
      ...deps,
      submitFate: async (body, caller) => {
        // The surface itself: whoever submits a form has already shown who they are.
        const init = {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }
        const answer = await fate.request('/job/submit', init, { caller })
        return answer.json() as Promise<{ retcode: number; retmsg: string; jobId: string | null }>
      },
      askFedlearn: askingOf(fedlearn),
      askWorks: askingWorks(works),
    }),
  )
  return app
}

/** Small bodies everywhere; only an upload may be large, and it is streamed to disk. */
function limitBody(deps: AppDeps, refuse: Refuse): MiddlewareHandler {
  const { bodyLimit: small } = deps.settings
  const message = `The request body is larger than ${small} bytes`
  const strict = bodyLimit({
    maxSize: small,
    onError: (c) => refuse(c, { kind: 'limit', message }, 413),
  })
  return (c, next) => {
    // These stream to disk and count as they go; a limit here would hold the whole body in memory.
    const counts =
      c.req.path === '/v1/data/upload' ||
      c.req.path === '/v1/model/import' ||
      (c.req.method === 'PUT' && WORKS_FILES.test(c.req.path)) ||
      c.req.path.startsWith('/runner/v1/')
    return counts || isHranaCall(c.req.path) ? next() : strict(c, next)
  }
}
