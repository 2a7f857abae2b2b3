/**
 * The app on an edge runtime: libSQL over HTTP, no disk. Static files come from the platform's own assets.
 * @module
 */
import { createApp } from '../app.ts'
import { catalogOf } from '../component/catalog.ts'
import { COMPONENTS } from '../component/registry.ts'
import { openRemote } from '../db/open.ts'

/** What the platform binds; the names are those of the environment variables. */
interface EdgeEnv {
  readonly WEFT_DATABASE_URL?: string
  readonly WEFT_DATABASE_TOKEN?: string
  readonly WEFT_PUBLIC_URL?: string
  readonly WEFT_AUTH?: string
  readonly WEFT_VERSION?: string
}

const MIB = 1024 * 1024

export default {
  async fetch(request: Request, env: EdgeEnv): Promise<Response> {
    if (!env.WEFT_DATABASE_URL) {
      return new Response('Set WEFT_DATABASE_URL to a libsql: or https: address\n', { status: 500 })
    }
    // A connection belongs to the request that opened it on these platforms, so each has its own.
    const db = openRemote({ url: env.WEFT_DATABASE_URL, authToken: env.WEFT_DATABASE_TOKEN })
    const app = createApp(
      {
        db,
        catalog: catalogOf(COMPONENTS.values()),
        log: {
          debug: () => {},
          info: (fields, message) =>
            console.log(JSON.stringify({ level: 'info', message, ...fields })),
          warn: (fields, message) =>
            console.warn(JSON.stringify({ level: 'warn', message, ...fields })),
          error: (fields, message) =>
            console.error(JSON.stringify({ level: 'error', message, ...fields })),
        },
        settings: {
          version: env.WEFT_VERSION ?? 'edge',
          publicUrl: env.WEFT_PUBLIC_URL ?? null,
          hosts: null,
          // Whoever can reach an edge address is not on this machine.
          auth: env.WEFT_AUTH === 'off' ? 'off' : 'token',
          bodyLimit: 16 * MIB,
          uploadLimit: 16 * MIB,
        },
        now: () => Date.now(),
      },
      {},
    )
    return app.fetch(request)
  },
}
