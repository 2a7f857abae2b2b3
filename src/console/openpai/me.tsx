/**
 * `/batch/me`: one's own account, its password and its tokens.
 * @module
 */
import { type Context, Hono } from 'hono'

import { ProfilePage } from '../../../views/openpai/profile.tsx'
import { passwordsOf } from '../../api/openpai/passwords.ts'
import { type Account, changeAccount, checkPassword, clustersOf } from '../../domain/account.ts'
import { invalid } from '../../domain/error.ts'
import {
  createAccountToken,
  listAccountTokens,
  type Principal,
  revokeAccountToken,
  revokeAccountTokens,
} from '../../domain/principal.ts'
import type { ConsoleDeps } from '../deps.ts'
import { textsOf } from '../form.ts'
import { personOf, refusalOf } from './caller.ts'

type Form = Readonly<Record<string, string | undefined>>

/** The page and its forms. */
export function batchProfileRoutes(deps: ConsoleDeps): Hono {
  const { db } = deps
  const app = new Hono()

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
  app.post('/batch/me/tokens/revoke-all', (c) =>
    own(c, async (account, _, { tokenId }) => {
      await revokeAccountTokens(db, { accountId: account.id, except: tokenId })
    }),
  )
  app.post('/batch/me/tokens', async (c) => {
    const { account } = await personOf(c, deps)
    if (!account) return profile(c, { problem: NO_ACCOUNT })
    const { label = '' } = textsOf(await c.req.parseBody())
    let made: string | undefined
    const problem = await refusalOf(async () => {
      made = await createAccountToken(db, { account, application: true, label }, deps.now())
    })
    // It is in this answer and nowhere else, not in what a browser keeps either.
    c.header('Cache-Control', 'no-store')
    return profile(c, { made, problem })
  })

  async function own(
    c: Context,
    work: (account: Account, form: Form, caller: Principal) => Promise<void>,
  ): Promise<Response> {
    const caller = await personOf(c, deps)
    const { account } = caller
    const form = textsOf(await c.req.parseBody())
    const problem = account ? await refusalOf(() => work(account, form, caller)) : NO_ACCOUNT
    return problem === undefined ? c.redirect('/batch/me', 303) : profile(c, { problem })
  }

  async function profile(c: Context, said: { made?: string; problem?: string } = {}) {
    const { account, name, tokenId } = await personOf(c, deps)
    const now = deps.now()
    const tokens = account ? await listAccountTokens(db, account, now) : []
    const user = account && { ...account, clusters: await clustersOf(db, account) }
    return c.render(
      <ProfilePage
        name={name}
        user={user ?? undefined}
        tokens={tokens.map((token) => ({ ...token, own: token.id === tokenId }))}
        made={said.made}
        problem={said.problem}
        now={now}
      />,
      { title: 'Own profile', status: said.problem === undefined ? 200 : 422 },
    )
  }

  return app
}

const NO_ACCOUNT = 'Only accounts have tokens: log in with a name and a password first.'
