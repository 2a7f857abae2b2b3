/**
 * `/system`: what clients offer.
 * @module
 */
import { createRoute } from '@hono/zod-openapi'

import { listDatasets, partyAt } from '../../../domain/dataset.ts'
import { requireRunners } from '../../../domain/runner.ts'
import type { AppDeps } from '../../deps.ts'
import { json, jsonBody } from '../../json.ts'
import type { Api } from '../../surface.ts'
import { success } from '../envelope.ts'
import { FedlearnClientUrl, FedlearnDatasets } from '../schema.ts'

/** Adds the routes about clients. */
export function systemRoutes(api: Api, deps: AppDeps): void {
  for (const path of ['/system/query/dataset', '/system/dataset']) {
    const datasets = createRoute({
      method: 'post',
      path,
      operationId: `fedlearn.dataset${path === '/system/dataset' ? '.alias' : ''}`,
      summary: 'The data sets that a client offers, with their columns',
      request: jsonBody(FedlearnClientUrl),
      responses: { 200: json(FedlearnDatasets, 'Data sets by name, the column of ids first') },
    })
    api.openapi(datasets, async (c) => {
      const party = await partyAt(deps.db, c.req.valid('json').url)
      await requireRunners(deps.db, [{ role: null, party }])
      const found = await listDatasets(deps.db, party)
      const list = found.map(({ name, index, features }) => ({
        dataset: name,
        features: [{ name: index, dtype: 'string' }, ...features],
      }))
      return c.json(success({ list }), 200)
    })
  }
}
