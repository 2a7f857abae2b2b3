/**
 * `/batch/clusters`: virtual clusters.
 * @module
 */
import { type Context, Hono } from 'hono'

import { ClustersPage } from '../../../views/openpai/clusters.tsx'
import { conflict, invalid } from '../../domain/error.ts'
import { offeredUse } from '../../domain/framework-room.ts'
import {
  clusterUse,
  listClusters,
  removeCluster,
  saveCluster,
  setClusterStopped,
} from '../../domain/virtual-cluster.ts'
import type { ConsoleDeps } from '../deps.ts'
import { textsOf } from '../form.ts'
import { personOf, refusalOf, requireAdmin } from './caller.ts'

/** The page and its forms. */
export function batchClusterRoutes(deps: ConsoleDeps): Hono {
  const { db } = deps
  const app = new Hono()

  app.get('/batch/clusters', (c) => page(c))

  app.post('/batch/clusters', (c) =>
    change(c, ({ name = '', cores, memoryMb, gpus }) => {
      const quota = { cores: amount(cores), memoryMb: amount(memoryMb), gpus: amount(gpus) }
      return saveCluster(db, { name, quota }, deps.now())
    }),
  )
  app.post('/batch/clusters/status', (c) =>
    change(c, ({ name = '', status }) => setClusterStopped(db, name, status === 'stopped')),
  )
  app.post('/batch/clusters/remove', (c) =>
    change(c, async ({ name = '' }) => {
      if (!(await removeCluster(db, name)))
        throw conflict(`Virtual cluster ${name} has jobs that are not over: stop them first.`)
    }),
  )

  async function change(c: Context, work: (form: Record<string, string>) => Promise<void>) {
    requireAdmin(await personOf(c, deps))
    const form = textsOf(await c.req.parseBody())
    const problem = await refusalOf(async () => work(form))
    return problem === undefined ? c.redirect('/batch/clusters', 303) : page(c, problem)
  }

  async function page(c: Context, problem?: string) {
    const [{ admin }, clusters, use, all] = await Promise.all([
      personOf(c, deps),
      listClusters(db),
      clusterUse(db),
      offeredUse(db),
    ])
    return c.render(
      <ClustersPage clusters={clusters} use={use} all={all} admin={admin} problem={problem} />,
      { title: 'Virtual clusters', status: problem === undefined ? 200 : 422 },
    )
  }

  return app
}

/** A limit that a form holds; null for none. */
function amount(text = ''): number | null {
  if (text.trim() === '') return null
  if (!/^\d{1,9}$/.test(text.trim())) throw invalid('Give a whole number, 0 or more.')
  return Number(text)
}
