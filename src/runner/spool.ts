/**
 * Uploaded files for a trusted runner: from the app's own disk where it is the same, otherwise from the app over HTTP,
 * which also takes its logs.
 * @module
 */
import { DomainError } from '../domain/error.ts'
import { SPOOL_FACT } from '../domain/spool.ts'
import { gatewayStore } from './store-gateway.ts'
import type { Store } from './store.ts'

export type Spool = Pick<Store, 'openSpool' | 'dropSpool' | 'fillSpool' | 'sendLog'>

export interface SpoolOptions {
  /** The spool of the runner's own data directory, which may be the app's too. */
  readonly local: Omit<Spool, 'fillSpool' | 'sendLog'>
  /** The app, and a token of it: one for the database will do. Null when the runner was told of none. */
  readonly app: { readonly url: string; readonly token: string | null } | null
  readonly runnerId: string
  readonly fetch?: (request: Request) => Response | Promise<Response>
}

/** A spool that looks here first. */
export function createSpool(options: SpoolOptions): Spool {
  const { local, app, runnerId, fetch } = options
  if (app === null) return local
  const token = app.token ?? undefined
  const remote = gatewayStore({ url: app.url, token, runnerId, ...(fetch ? { fetch } : {}) })
  return {
    async openSpool(id) {
      try {
        return await local.openSpool(id)
      } catch (error) {
        if (!(error instanceof DomainError) || error.kind !== 'not_found') throw error
        return remote.openSpool(id)
      }
    },
    async dropSpool(id) {
      await local.dropSpool(id)
      await remote.dropSpool(id)
    },
    fillSpool: remote.fillSpool,
    sendLog: remote.sendLog,
  }
}

/** What a runner says of itself, so that it is given uploads that lie elsewhere. */
export function spoolFacts(options: Pick<SpoolOptions, 'app'>): Record<string, unknown> {
  return options.app === null ? {} : { [SPOOL_FACT]: true }
}
