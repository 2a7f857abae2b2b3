/**
 * `/batch/groups`: groups of users, what their members may use, and forms for administrators.
 * @module
 */
import { type Context, Hono } from 'hono'

import { GroupPage, GroupsPage, type ShownGroup } from '../../../views/openpai/groups.tsx'
import {
  changeGroup,
  createGroup,
  getGroup,
  listGroups,
  removeGroup,
  withAllowed,
} from '../../domain/account-group.ts'
import { listAccounts } from '../../domain/account.ts'
import { openStorages } from '../../domain/framework-room.ts'
import { listClusters } from '../../domain/virtual-cluster.ts'
import type { ConsoleDeps } from '../deps.ts'
import { personOf, refusalOf, requireAdmin } from './caller.ts'
import { type Fields, fieldsOf } from './fields.ts'

/** The pages and their forms. */
export function batchGroupRoutes(deps: ConsoleDeps): Hono {
  const { db } = deps
  const app = new Hono()

  app.get('/batch/groups', (c) => groups(c))
  app.post('/batch/groups', async (c) => {
    requireAdmin(await personOf(c, deps))
    const fields = await fieldsOf(c)
    const name = fields.text('name').trim()
    const problem = await refusalOf(async () =>
      createGroup(
        db,
        { name, description: fields.text('description'), extension: allowed({}, fields) },
        deps.now(),
      ),
    )
    return problem === undefined
      ? c.redirect('/batch/groups', 303)
      : groups(c, { problem, name, description: fields.text('description') })
  })

  app.get('/batch/groups/:name', async (c) => {
    requireAdmin(await personOf(c, deps))
    return group(c, c.req.param('name'))
  })
  app.post('/batch/groups/:name', async (c) => {
    requireAdmin(await personOf(c, deps))
    const name = c.req.param('name')
    const { extension } = await getGroup(db, name)
    const fields = await fieldsOf(c)
    const problem = await refusalOf(async () =>
      changeGroup(db, name, {
        description: fields.text('description'),
        externalName: fields.text('externalName'),
        extension: allowed(extension, fields),
      }),
    )
    return problem === undefined ? c.redirect('/batch/groups', 303) : group(c, name, problem)
  })
  app.post('/batch/groups/:name/remove', async (c) => {
    requireAdmin(await personOf(c, deps))
    await removeGroup(db, c.req.param('name'))
    return c.redirect('/batch/groups', 303)
  })

  async function groups(c: Context, said?: { problem: string; name: string; description: string }) {
    const { admin } = await personOf(c, deps)
    return c.render(
      <GroupsPage groups={await shown()} admin={admin} offered={await offered()} said={said} />,
      { title: 'Groups', status: said === undefined ? 200 : 422 },
    )
  }

  async function group(c: Context, name: string, problem?: string) {
    await getGroup(db, name)
    const one = (await shown()).filter((each) => each.name === name)[0]
    return c.render(<GroupPage group={one} offered={await offered()} problem={problem} />, {
      title: () => name,
      status: problem === undefined ? 200 : 422,
    })
  }

  async function shown(): Promise<ShownGroup[]> {
    const accounts = await listAccounts(db)
    return (await listGroups(db)).map((one) => ({
      ...one,
      members: accounts.filter(({ groups: own }) => own.includes(one.name)).map(({ name }) => name),
    }))
  }

  async function offered() {
    const [clusters, storages] = await Promise.all([listClusters(db), openStorages(db)])
    return { clusters: clusters.map(({ name }) => name), storages: [...storages.keys()].toSorted() }
  }

  return app
}

/** The extension with what the form allows; what clients keep there beside it stays. */
function allowed(extension: Readonly<Record<string, unknown>>, { all, text }: Fields) {
  const first = text('default')
  const storages = all('storage')
  const sorted = storages.includes(first)
    ? [first, ...storages.filter((name) => name !== first)]
    : storages
  return withAllowed(extension, { virtualClusters: all('cluster'), storageConfigs: sorted })
}
