/**
 * What there is to run on: virtual clusters, kinds of hosts, storages, alerts.
 * @module
 */
import { z } from '@hono/zod-openapi'

import { gpusOf, offeredUse, openOffers, openStorages } from '../../../domain/framework-room.ts'
import {
  clusterHeld,
  getCluster,
  listClusters,
  type Quota,
  removeCluster,
  saveCluster,
  setClusterStopped,
  type Use,
  type VirtualCluster,
} from '../../../domain/virtual-cluster.ts'
import type { AppDeps } from '../../deps.ts'
import type { Api } from '../../surface.ts'
import { alertsFor } from '../alert.ts'
import { requireAdmin, requireStorage, storagesFor } from '../caller.ts'
import { asFault, PaiFault } from '../fault.ts'
import { checkFields, paiRoutes, readFields } from '../route.ts'

const FAULTS = { not_found: [404, 'NoVirtualClusterError'] } as const
const Amount = z.number().int().min(0).nullable().optional()
const Limits = z.object({ cpu: Amount, memory: Amount, gpu: Amount })
/** Folders of runners are no volumes of a cluster. */
const STORAGE = { share: true, volumeName: '' }
const NOTHING: Use = { cores: 0, memoryMb: 0, gpus: 0 }

/** Routes of the cluster. */
export function clusterRoutes(api: Api, deps: AppDeps): void {
  const { db } = deps
  const route = paiRoutes(api, deps)

  const shown = async (clusters: readonly VirtualCluster[]) => {
    const [all, use] = await Promise.all([offeredUse(db), clusterHeld(db)])
    return Object.fromEntries(
      clusters.map((one) => [one.name, info(one, { all, use: use.get(one.name) ?? NOTHING })]),
    )
  }
  route('get', '/virtual-clusters', { id: 'vc.list', summary: 'All virtual clusters' }, async (c) =>
    c.json(await shown(await listClusters(db))),
  )
  route(
    'get',
    '/virtual-clusters/:vc',
    { id: 'vc.get', summary: 'One virtual cluster' },
    async (c) => {
      const name = c.req.param('vc') ?? ''
      const cluster = await asFault(FAULTS, () => getCluster(db, name))
      return c.json((await shown([cluster]))[name])
    },
  )
  route(
    'put',
    '/virtual-clusters/:vc',
    { id: 'vc.save', summary: 'Enters a virtual cluster, or changes what it may use' },
    async (c, caller) => {
      requireAdmin(caller)
      const name = c.req.param('vc') ?? ''
      const { cpu = null, memory = null, gpu = null } = checkFields(Limits, await readFields(c))
      const quota: Quota = { cores: cpu, memoryMb: memory, gpus: gpu }
      await saveCluster(db, { name, quota }, deps.now())
      return c.json({ status: 201, message: `Update vc: ${name} successfully.` }, 201)
    },
  )
  route(
    'put',
    '/virtual-clusters/:vc/status',
    { id: 'vc.status', summary: 'Lets jobs begin there, or nothing new' },
    async (c, caller) => {
      requireAdmin(caller)
      const name = c.req.param('vc') ?? ''
      const { vcStatus } = checkFields(
        z.object({ vcStatus: z.enum(['running', 'stopped']) }),
        await readFields(c),
      )
      await asFault(FAULTS, () => setClusterStopped(db, name, vcStatus === 'stopped'))
      return c.json({ status: 201, message: `Update vc: ${name} successfully.` }, 201)
    },
  )
  route(
    'delete',
    '/virtual-clusters/:vc',
    { id: 'vc.remove', summary: 'Removes a virtual cluster' },
    async (c, caller) => {
      requireAdmin(caller)
      const name = c.req.param('vc') ?? ''
      if (!(await asFault(FAULTS, () => removeCluster(db, name))))
        throw new PaiFault(
          403,
          'RemoveRunningVcError',
          `Virtual cluster ${name} has jobs that are not over: stop them first.`,
        )
      return c.json({ status: 201, message: `Remove vc: ${name} successfully` }, 201)
    },
  )

  route(
    'get',
    '/cluster/sku-types',
    { id: 'cluster.skuTypes', summary: 'Kinds of hosts', query: ['vc'] },
    async (c) => {
      const vc = c.req.query('vc')
      if (vc !== undefined) await asFault(FAULTS, () => getCluster(db, vc))
      const kinds = (await openOffers(db)).map((offer) => {
        const gpu = gpusOf(offer)
        const sku = { cpu: offer.cores ?? 0, memory: offer.memoryMb ?? 0, gpu }
        return [`${gpu > 0 ? `gpu${gpu}-` : ''}cpu${sku.cpu}-mem${sku.memory}`, sku] as const
      })
      return c.json(Object.fromEntries(kinds))
    },
  )
  route(
    'get',
    '/storages',
    { id: 'storage.list', summary: 'All storages', query: ['default'] },
    async (c, caller) => {
      const { all, byDefault } = await storagesFor(db, caller, (await openStorages(db)).keys())
      const names = c.req.query('default') === 'true' ? byDefault : all
      return c.json({
        storages: names.map((name) => ({ name, ...STORAGE, default: byDefault.includes(name) })),
      })
    },
  )
  route(
    'get',
    '/storages/:storage',
    { id: 'storage.get', summary: 'One storage' },
    async (c, caller) => {
      const name = c.req.param('storage') ?? ''
      const storages = await openStorages(db)
      const mode = storages.get(name)
      if (mode === undefined)
        throw new PaiFault(404, 'NoStorageError', `Storage ${name} is not found.`)
      await requireStorage(db, caller, name)
      return c.json({
        name,
        share: STORAGE.share,
        volumeName: STORAGE.volumeName,
        type: 'other',
        data: {},
        readOnly: mode === 'ro',
        secretName: '',
        mountOptions: [],
      })
    },
  )
  route('get', '/alerts', { id: 'alert.list', summary: 'Alerts that fire' }, async (c, caller) =>
    c.json(await alertsFor(db, caller, deps.now())),
  )
  for (const kind of ['nodes', 'pods']) {
    route('get', `/kubernetes/${kind}`, { id: `kubernetes.${kind}`, summary: 'Not there' }, () => {
      throw new PaiFault(501, 'NotImplementedError', `There is no Kubernetes here, so no ${kind}.`)
    })
  }
}

function info(cluster: VirtualCluster, of: { all: Use; use: Use }) {
  const { all, use } = of
  const { quota } = cluster
  const total = {
    cpu: quota.cores ?? all.cores,
    memory: quota.memoryMb ?? all.memoryMb,
    gpu: quota.gpus ?? all.gpus,
  }
  const amounts = (one: { cpu: number; memory: number; gpu: number }) => ({
    ...one,
    vCores: one.cpu,
    GPUs: one.gpu,
  })
  const share = (part: number, whole: number) => (whole === 0 ? 0 : (part / whole) * 100)
  const capacity = all.gpus > 0 ? share(total.gpu, all.gpus) : share(total.cpu, all.cores)
  return {
    capacity,
    usedCapacity: total.gpu > 0 ? share(use.gpus, total.gpu) : share(use.cores, total.cpu),
    maxCapacity: capacity,
    dedicated: false,
    status: cluster.stopped ? 'STOPPED' : 'RUNNING',
    resourcesUsed: amounts({ cpu: use.cores, memory: use.memoryMb, gpu: use.gpus }),
    resourcesGuaranteed: amounts(total),
    resourcesTotal: amounts(total),
  }
}
