/**
 * From where a request comes: the other end of its connection, as each runtime tells it. Headers are not believed, as
 * whoever calls writes them; behind a proxy all come from the proxy.
 * @module
 */
import type { Context } from 'hono'

/** What runtimes hand over beside a request. */
interface Connected {
  /** Node. */
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } }
  /** Deno. */
  readonly remoteAddr?: { readonly hostname?: string }
}

/** The address; empty where the runtime does not say. */
export function addressOf(c: Context): string {
  const connected = c.env as Connected | undefined
  return connected?.incoming?.socket?.remoteAddress ?? connected?.remoteAddr?.hostname ?? ''
}
