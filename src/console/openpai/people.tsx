/**
 * `/batch/users`: accounts, for administrators to enter, change and remove.
 * @module
 */
import { type Context, Hono } from 'hono'

import { UserPage } from '../../../views/openpai/user.tsx'
import { type ShownUser, UsersPage } from '../../../views/openpai/users.tsx'
import { passwordsOf } from '../../api/openpai/passwords.ts'
import { listGroups } from '../../domain/account-group.ts'
import {
  type Account,
  changeAccount,
  clustersOf,
  createAccount,
  getAccount,
  listAccounts,
  removeAccount,
} from '../../domain/account.ts'
import { forbidden } from '../../domain/error.ts'
import type { Principal } from '../../domain/principal.ts'
import { listClusters } from '../../domain/virtual-cluster.ts'
import type { ConsoleDeps } from '../deps.ts'
import { personOf, refusalOf, requireAdmin } from './caller.ts'
import { type Fields, fieldsOf } from './fields.ts'

/** The pages and their forms. */
export function batchPeopleRoutes(deps: ConsoleDeps): Hono {
  const { db } = deps
  const app = new Hono()

  app.get('/batch/users', (c) => users(c))
  app.post('/batch/users', async (c) => {
    requireAdmin(await personOf(c, deps))
    const { text, all } = await fieldsOf(c)
    const name = text('name').trim()
    const problem = await refusalOf(async () =>
      createAccount(
        db,
        {
          name,
          password: text('password'),
          email: text('email'),
          groups: all('group'),
          virtualClusters: all('cluster'),
        },
        { passwords: passwordsOf(deps), at: deps.now() },
      ),
    )
    return problem === undefined
      ? c.redirect('/batch/users', 303)
      : users(c, { problem, name, email: text('email') })
  })

  app.get('/batch/users/:name', async (c) => {
    requireAdmin(await personOf(c, deps))
    return user(c, c.req.param('name'))
  })
  app.post('/batch/users/:name', (c) =>
    administer(c, ({ text, all }, _, name) => {
      const password = text('newPassword')
      return changeAccount(db, name, {
        change: {
          email: text('email'),
          groups: all('group'),
          virtualClusters: all('cluster'),
          ...(password === '' ? {} : { password }),
        },
        passwords: passwordsOf(deps),
      })
    }),
  )
  app.post('/batch/users/:name/admin', (c) =>
    administer(c, ({ text }, caller, name) => {
      // The last one would lock everybody out.
      if (name === caller.name) throw forbidden('Nobody takes their own rights away.')
      return changeAccount(db, name, {
        change: { admin: text('admin') === '1' },
        passwords: passwordsOf(deps),
      })
    }),
  )
  app.post('/batch/users/:name/remove', (c) =>
    administer(c, (_, __, name) => removeAccount(db, name, deps.now())),
  )

  async function administer(
    c: Context,
    work: (fields: Fields, caller: Principal, name: string) => Promise<void>,
  ): Promise<Response> {
    const caller = await personOf(c, deps)
    requireAdmin(caller)
    const name = c.req.param('name') ?? ''
    await getAccount(db, name)
    const fields = await fieldsOf(c)
    const problem = await refusalOf(async () => work(fields, caller, name))
    return problem === undefined ? c.redirect('/batch/users', 303) : user(c, name, problem)
  }

  async function users(c: Context, said?: { problem: string; name: string; email: string }) {
    const { admin, name } = await personOf(c, deps)
    const shown = await Promise.all((await listAccounts(db)).map(toShown))
    return c.render(
      <UsersPage users={shown} admin={admin} self={name} offered={await offered()} said={said} />,
      { title: 'Users', status: said === undefined ? 200 : 422 },
    )
  }

  async function user(c: Context, name: string, problem?: string) {
    const caller = await personOf(c, deps)
    const account = await getAccount(db, name)
    return c.render(
      <UserPage
        user={await toShown(account)}
        own={account.virtualClusters}
        self={caller.name === name}
        offered={await offered()}
        problem={problem}
      />,
      { title: () => name, status: problem === undefined ? 200 : 422 },
    )
  }

  async function offered() {
    const [groups, clusters] = await Promise.all([listGroups(db), listClusters(db)])
    return {
      groups: groups.map(({ name }) => name),
      clusters: clusters.map(({ name }) => name).filter((name) => name !== 'default'),
    }
  }

  async function toShown(account: Account): Promise<ShownUser> {
    const { name, admin, email, groups } = account
    return { name, admin, email, groups, clusters: await clustersOf(db, account) }
  }

  return app
}
