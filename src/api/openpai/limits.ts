/**
 * How often this surface may be asked, where the operator sets a limit: requests of an address, lists and submissions
 * of a user.
 * @module
 */
import type { MiddlewareHandler } from 'hono'

import type { Principal } from '../../domain/principal.ts'
import { countRate, type Counter } from '../../domain/rate.ts'
import { addressOf } from '../address.ts'
import type { AppDeps } from '../deps.ts'
import { PaiFault } from './fault.ts'
import type { PaiContext } from './route.ts'

export interface PaiLimits {
  /** Before every route. */
  readonly ofAddress: MiddlewareHandler
  list(c: PaiContext, caller: Principal): void
  submit(c: PaiContext, caller: Principal): void
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** The limits that are set; the others let everything by. */
export function paiLimits({ settings, now }: Pick<AppDeps, 'settings' | 'now'>): PaiLimits {
  const { requests = null, lists = null, submissions = null } = settings.rates ?? {}
  const perAddress = counterOf(requests, MINUTE_MS)
  const perLister = counterOf(lists, MINUTE_MS)
  const perSubmitter = counterOf(submissions, HOUR_MS)
  const check = (c: PaiContext, counter: Counter, of: { key: string; what: string }) => {
    const wait = Math.ceil(counter(of.key, now()) / 1000)
    if (wait === 0) return
    c.header('Retry-After', String(wait))
    throw new PaiFault(
      429,
      'TooManyRequestsError',
      `Too many requests: at most ${of.what}. Try again in ${wait} seconds.`,
    )
  }
  return {
    ofAddress: (c, next) => {
      const what = `${requests} a minute from one address`
      check(c, perAddress, { key: addressOf(c), what })
      return next()
    },
    list: (c, { name }) =>
      check(c, perLister, { key: name, what: `${lists} lists of jobs a minute by one user` }),
    submit: (c, { name }) =>
      check(c, perSubmitter, { key: name, what: `${submissions} submissions an hour by one user` }),
  }
}

function counterOf(most: number | null, windowMs: number): Counter {
  return most === null ? () => 0 : countRate({ most, windowMs })
}
