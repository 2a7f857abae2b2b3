/**
 * `/batch/users` and `/batch/me`: accounts, and one's own with its tokens.
 * @module
 */
import { type Context, Hono } from 'hono'

import { ProfilePage } from '../../../views/openpai/profile.tsx'
import { type ShownUser, UsersPage } from '../../../views/openpai/users.tsx'
import { passwordsOf } from '../../api/openpai/passwords.ts'
import {
  type Account,
  changeAccount,
  checkPassword,
  clustersOf,
  createAccount,
  listAccounts,
  removeAccount,
} from '../../domain/account.ts'
import { forbidden, invalid } from '../../domain/error.ts'
import {
  createAccountToken,
  listAccountTokens,
  type Principal,
  revokeAccountToken,
} from '../../domain/principal.ts'
import type { ConsoleDeps } from '../deps.ts'
import { textsOf } from '../form.ts'
import { personOf, refusalOf, requireAdmin } from './caller.ts'

type Form = Readonly<Record<string, string | undefined>>

/** The pages and their forms. */
export function batchPeopleRoutes(deps: ConsoleDeps): Hono {
  const { db } = deps
  const app = new Hono()

  app.get('/batch/users', (c) => users(c))
  app.post('/batch/users', (c) =>
    administer(c, ({ name = '', password = '', email = '', clusters = '' }) =>
      createAccount(
        db,
        { name, password, email, virtualClusters: namesIn(clusters) },
        { passwords: passwordsOf(deps), at: deps.now() },
      ),
    ),
  )
  app.post('/batch/users/change', (c) =>
    administer(c, ({ of = '', newPassword = '', shares = '' }) =>
      changeAccount(db, of, {
        change: {
          ...(newPassword === '' ? {} : { password: newPassword }),
          ...(shares === '' ? {} : { virtualClusters: namesIn(shares) }),
        },
        passwords: passwordsOf(deps),
      }),
    ),
  )
  app.post('/batch/users/admin', (c) =>
    administer(c, ({ name = '', admin }, caller) => {
      // The last one would lock everybody out.
      if (name === caller.name) throw forbidden('Nobody takes their own rights away.')
      return changeAccount(db, name, {
        change: { admin: admin === '1' },
        passwords: passwordsOf(deps),
      })
    }),
  )
  app.post('/batch/users/remove', (c) =>
    administer(c, ({ name = '' }) => removeAccount(db, name, deps.now())),
  )

  app.get('/batch/me', (c) => profile(c))
  app.post('/batch/me/password', (c) =>
    own(c, async (account, { oldPassword = '', newPassword = '' }) => {
      const passwords = passwordsOf(deps)
      if (!(await checkPassword(db, { name: account.name, password: oldPassword }, passwords)))
        throw invalid('Password is incorrect.')
      await changeAccount(db, account.name, { change: { password: newPassword }, passwords })
    }),
  )
  app.post('/batch/me/email', (c) =>
    own(c, async (account, { email = '' }) => {
      if (email.length > 320) throw invalid('An email address has at most 320 characters')
      await changeAccount(db, account.name, { change: { email }, passwords: passwordsOf(deps) })
    }),
  )
  app.post('/batch/me/tokens/revoke', (c) =>
    own(c, async (account, { id = '' }) => {
      if (!(await revokeAccountToken(db, { accountId: account.id, text: id })))
        throw invalid('There is no such token')
    }),
  )
  app.post('/batch/me/tokens', async (c) => {
    const { account } = await personOf(c, deps)
    if (!account) return profile(c, { problem: NO_ACCOUNT })
    const made = await createAccountToken(db, { account, application: true }, deps.now())
    // It is in this answer and nowhere else, not in what a browser keeps either.
    c.header('Cache-Control', 'no-store')
    return profile(c, { made })
  })

  async function administer(
    c: Context,
    work: (form: Form, caller: Principal) => Promise<void>,
  ): Promise<Response> {
    const caller = await personOf(c, deps)
    requireAdmin(caller)
    const form = textsOf(await c.req.parseBody())
    const problem = await refusalOf(async () => work(form, caller))
    return problem === undefined ? c.redirect('/batch/users', 303) : users(c, problem)
  }

  async function own(
    c: Context,
    work: (account: Account, form: Form) => Promise<void>,
  ): Promise<Response> {
    const { account } = await personOf(c, deps)
    const form = textsOf(await c.req.parseBody())
    const problem = account ? await refusalOf(() => work(account, form)) : NO_ACCOUNT
    return problem === undefined ? c.redirect('/batch/me', 303) : profile(c, { problem })
  }

  async function users(c: Context, problem?: string) {
    const { admin, name } = await personOf(c, deps)
    const shown = await Promise.all((await listAccounts(db)).map(toShown))
    return c.render(<UsersPage users={shown} admin={admin} self={name} problem={problem} />, {
      title: 'Users',
      status: problem === undefined ? 200 : 422,
    })
  }

  async function profile(c: Context, said: { made?: string; problem?: string } = {}) {
    const { account, name, tokenId } = await personOf(c, deps)
    const now = deps.now()
    const tokens = account ? await listAccountTokens(db, account, now) : []
    return c.render(
      <ProfilePage
        name={name}
        user={account ? await toShown(account) : undefined}
        tokens={tokens.map((token) => ({ ...token, own: token.id === tokenId }))}
        made={said.made}
        problem={said.problem}
        now={now}
      />,
      { title: 'Own profile', status: said.problem === undefined ? 200 : 422 },
    )
  }

  async function toShown(account: Account): Promise<ShownUser> {
    const { name, admin, email, groups } = account
    return { name, admin, email, groups, clusters: await clustersOf(db, account) }
  }

  return app
}

const NO_ACCOUNT = 'Only accounts have tokens: log in with a name and a password first.'

function namesIn(text: string): string[] {
  return text.split(/[\s,;]+/).filter((name) => name !== '')
}
