/**
 * What the server is, logging in, and tokens.
 * @module
 */
import { z } from '@hono/zod-openapi'

import { findAccount } from '../../../domain/account.ts'
import { logIn } from '../../../domain/login.ts'
import {
  createAccountToken,
  listAccountTokens,
  type Principal,
  revokeAccountToken,
} from '../../../domain/principal.ts'
import { addressOf } from '../../address.ts'
import type { AppDeps } from '../../deps.ts'
import type { Api } from '../../surface.ts'
import { callerOf, requirePerson } from '../caller.ts'
import { asFault, invalidParameters, PaiFault } from '../fault.ts'
import { passwordsOf } from '../passwords.ts'
import { checkFields, openRoutes, type PaiContext, paiRoutes, readFields } from '../route.ts'

const WEEK_S = 7 * 24 * 3600
const Login = z.object({
  username: z.string().min(1),
  password: z.string().min(6, 'a password has at least 6 characters'),
  expiration: z.coerce.number().int().min(60).max(604_800).default(WEEK_S),
})
const Labelled = z.object({ name: z.string().optional() })

/** Routes for everybody, and those of one's own tokens. */
export function loginRoutes(api: Api, deps: AppDeps): void {
  const { db } = deps
  const open = openRoutes(api)
  const route = paiRoutes(api, deps)

  open('get', '/info', { id: 'info', summary: 'What this server is', also: ['/'] }, (c) =>
    c.json({
      name: 'PAI RESTful API',
      version: deps.settings.version,
      launcherType: 'k8s',
      authnMethod: 'basic',
    }),
  )
  open('get', '/authn/info', { id: 'authn.info', summary: 'How to log in' }, (c) =>
    c.json({
      authn_type: 'basic',
      loginURI: '/authn/basic/login',
      loginURIMethod: 'post',
    }),
  )

  const login = async (c: PaiContext) => {
    const { username, password, expiration } = checkFields(Login, await readFields(c))
    const now = deps.now()
    const login = { name: username, password, address: addressOf(c) }
    const account = await asFault({ limit: [429, 'TooManyRequestsError'] }, () =>
      logIn(db, login, { passwords: passwordsOf(deps), at: now }),
    )
    // The document tells the two apart; what is done, and for how long, is the same.
    if (!account && !(await findAccount(db, username)))
      throw new PaiFault(400, 'NoUserError', `User ${username} is not found.`)
    if (!account) throw new PaiFault(400, 'IncorrectPasswordError', 'Password is incorrect.')
    const expiresAt = now + expiration * 1000
    const token = await createAccountToken(db, { account, application: false, expiresAt }, now)
    return c.json({ user: account.name, token, admin: account.admin, hasGitHubPAT: false })
  }
  open(
    'post',
    '/authn/basic/login',
    { id: 'authn.login', summary: 'A token for a password', also: ['/token', '/tokens'] },
    login,
  )
  api.delete('/authn/basic/logout', async (c) => {
    const caller = await callerOf(c, deps)
    if (caller.tokenId !== null && caller.account)
      await revokeAccountToken(db, { accountId: caller.account.id, text: caller.tokenId })
    return c.json({ message: 'Logout successfully' })
  })

  route(
    'get',
    '/tokens/check',
    { id: 'token.check', summary: 'Whose token this is' },
    (c, caller) =>
      c.json({ username: caller.name, application: caller.application, admin: caller.admin }),
  )
  route(
    'get',
    '/tokens',
    { id: 'token.list', summary: 'Ids of one’s own tokens: their texts are kept nowhere' },
    async (c, caller) => {
      const tokens = await listAccountTokens(db, owner(caller), deps.now())
      return c.json({ tokens: tokens.map(({ id }) => id) })
    },
  )
  route(
    'post',
    '/tokens/application',
    { id: 'token.application', summary: 'A token for a program, which does not run out' },
    async (c, caller) => {
      requirePerson(caller)
      const account = owner(caller)
      const { name: label } = checkFields(Labelled, await readFields(c))
      const wanted = { account, application: true, label }
      const token = await createAccountToken(db, wanted, deps.now())
      return c.json({ token, application: true })
    },
  )
  route(
    'delete',
    '/tokens/:token',
    { id: 'token.revoke', summary: 'Revokes a token, by its id or its text' },
    async (c, caller) => {
      const text = c.req.param('token') ?? ''
      const accountId = caller.admin ? null : owner(caller).id
      if (!(await revokeAccountToken(db, { accountId, text })))
        throw invalidParameters('There is no such token')
      return c.json({ message: 'revoke successfully' })
    },
  )
}

function owner(caller: Principal) {
  if (!caller.account)
    throw invalidParameters(
      'Only accounts have tokens: log in with a name and a password, and send the token of that',
    )
  return caller.account
}
