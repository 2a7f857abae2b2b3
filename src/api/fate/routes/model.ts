/**
 * `/model`: what trainings have left behind.
 * @module
 */
import { createRoute } from '@hono/zod-openapi'

import { listModelVersions } from '../../../domain/model.ts'
import { ownOnly } from '../../access.ts'
import type { AppDeps } from '../../deps.ts'
import { json, jsonBody } from '../../json.ts'
import type { Api } from '../../surface.ts'
import { success } from '../envelope.ts'
import { FateModelNamespace, FateModelVersions } from '../table-schema.ts'

const MOST_VERSIONS = 10

/** Adds the model routes. */
export function modelRoutes(api: Api, deps: AppDeps): void {
  const version = createRoute({
    method: 'post',
    path: '/model/version',
    operationId: 'fate.model.version',
    summary: "The last ten versions of a party's model, newest first",
    request: jsonBody(FateModelNamespace),
    responses: { 200: json(FateModelVersions, 'Versions; none for an unknown model') },
  })
  api.openapi(version, async (c) => {
    const { namespace } = c.req.valid('json')
    const { role, party, modelId } = splitNamespace(namespace)
    // One more than are shown: the oldest has a parent too.
    const found = await listModelVersions(deps.db, {
      modelId,
      ...ownOnly(c),
      limit: MOST_VERSIONS + 1,
    })
    const held = found.filter(
      ({ members }) => role === undefined || members[role]?.includes(party ?? ''),
    )
    const data = held.slice(0, MOST_VERSIONS).map((model, index) => ({
      commitId: model.version,
      parent: held[index + 1]?.version ?? null,
      name: model.version,
      namespace,
      log:
        model.version === model.jobId
          ? `Trained by job ${model.version}, submitted at ${new Date(model.createdAt).toISOString()}`
          : `Deployed from job ${model.jobId} at ${new Date(model.createdAt).toISOString()}`,
      tag: null,
    }))
    return c.json(success({ data }), 200)
  })
}

/** A model has a namespace at each party, `guest#9999#<model id>`. */
function splitNamespace(namespace: string): { role?: string; party?: string; modelId: string } {
  const [, role, party, modelId] = /^(guest|host|arbiter|local)#(\d+)#(.+)$/.exec(namespace) ?? []
  return modelId === undefined ? { modelId: namespace } : { role, party, modelId }
}
