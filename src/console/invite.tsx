/**
 * Inviting a runner: a form, and the command with a one-time code.
 * @module
 */
import { Hono } from 'hono'

import { InvitedPage, InvitePage } from '../../views/runner/invite.tsx'
import type { AppDeps } from '../api/deps.ts'
import { createInvite, INVITE_MS } from '../domain/invite.ts'

const TITLE = 'Invite a runner'
const MOST_PARTIES = 20
const LONGEST = 100
/** Names of the very machine that is asked. */
const LOCAL = /^(localhost|127\.[\d.]+|\[::1\])$/

/**
 * `/runners/invite`. Codes made here are for the gateway only: a runner that gets the database itself is invited on the
 * server's host.
 */
export function inviteRoutes(deps: AppDeps): Hono {
  const { db, now } = deps
  const app = new Hono()

  app.get('/runners/invite', (c) => c.render(<InvitePage parties="" name="" />, { title: TITLE }))

  app.post('/runners/invite', async (c) => {
    const form = await c.req.parseBody()
    const [given, name] = [textOf(form['parties']), textOf(form['name'])]
    const parties = [...new Set(given.split(/[,\s]+/).filter((party) => party !== ''))]
    const problem = problemOf(parties, name)
    if (problem !== undefined) {
      return c.render(<InvitePage parties={given} name={name} problem={problem} />, {
        title: TITLE,
        status: 422,
      })
    }
    const code = await createInvite(db, { name, parties, trusted: false }, now())
    const server = deps.settings.publicUrl ?? new URL(c.req.url).origin
    const command = [
      `weft-runner register --server ${server} --code ${code} --data-dir DIRECTORY`,
      'weft-runner run --data-dir DIRECTORY',
    ].join('\n')
    // Neither the browser nor anything on the way is to keep it.
    c.header('cache-control', 'no-store')
    const local = LOCAL.test(new URL(server).hostname)
    const page = <InvitedPage {...{ command, parties, local }} minutes={INVITE_MS / 60_000} />
    return c.render(page, { title: TITLE })
  })

  return app
}

function problemOf(parties: readonly string[], name: string): string | undefined {
  if (parties.length === 0) return 'Which party does the runner serve? Give its id, such as 10000'
  if (parties.length > MOST_PARTIES)
    return `A runner is invited for at most ${MOST_PARTIES} parties`
  const long = parties.find((party) => party.length > LONGEST)
  if (long !== undefined) return `An id of a party has at most ${LONGEST} characters`
  return name.length > LONGEST ? `A name has at most ${LONGEST} characters` : undefined
}

function textOf(field: unknown): string {
  return typeof field === 'string' ? field.trim() : ''
}
