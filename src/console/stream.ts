/**
 * Server-sent events for a page that changes: looks for changes at intervals and sends fragments, until all is over.
 * @module
 */
import type { Context } from 'hono'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'

import { inLanguage } from '../../views/text/say.tsx'
import type { ConsoleDeps } from './deps.ts'
import { languageOf } from './language.ts'

const LIVE_MS = 500
const KEEP_ALIVE_MS = 15_000
/** A stream that outlives this is closed; the page connects again and goes on where it was. */
const LONGEST_MS = 10 * 60_000

/** Makes fragments in the language of the page. */
export type Show = (view: () => string) => string

/** What one look has found. */
export interface Look {
  /** Fragments, or empty when nothing has changed. */
  readonly html: string
  /** The last log line that the page has now been given. */
  readonly last: number
  /** There is more at once. */
  readonly more: boolean
  /** Nothing will change any more. */
  readonly isOver: boolean
}

/** Streams what `look` finds, each time from the last line of the time before; `about` is for the server's log. */
export function streamLooks(
  deps: ConsoleDeps,
  c: Context,
  page: { about: object; look(last: number, show: Show): Promise<Look> },
): Response {
  const start = c.req.header('Last-Event-ID') ?? c.req.query('after') ?? '0'
  const first = /^\d{1,15}$/.test(start) ? Number(start) : 0
  const language = languageOf(c)
  const show: Show = (view) => inLanguage(language, view)
  // Proxies that gather an answer before they pass it on would hold the stream back.
  c.header('X-Accel-Buffering', 'no')
  return streamSSE(c, async (stream) => {
    try {
      await follow(deps, { stream, first, look: (last) => page.look(last, show) })
    } catch (error) {
      if (stream.aborted) return
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      // The page connects again by itself; what went wrong is for the operator.
      deps.log.error({ ...page.about, error: text }, 'a live page failed')
    }
  })
}

async function follow(
  deps: ConsoleDeps,
  view: { stream: SSEStreamingApi; first: number; look(last: number): Promise<Look> },
): Promise<void> {
  const { now } = deps
  const { stream } = view
  const opened = now()
  let lastWord = opened
  let last = view.first
  while (!stream.aborted && now() - opened < LONGEST_MS) {
    const found = await view.look(last)
    last = found.last
    if (found.html !== '') await stream.writeSSE({ id: String(last), data: found.html })
    if (found.more) continue
    if (found.isOver) {
      await stream.writeSSE({ id: String(last), event: 'done', data: 'done' })
      return
    }
    if (found.html !== '') lastWord = now()
    if (now() - lastWord > KEEP_ALIVE_MS) {
      await stream.write(': still here\n\n')
      lastWord = now()
    }
    await stream.sleep(deps.liveMs ?? LIVE_MS)
  }
}

/** The fragments of those parts of which the keys differ, in the form that htmx takes apart. */
export function changedParts<P extends string>(
  parts: Readonly<Record<P, { toString(): string }>>,
  change: {
    ids: Readonly<Record<P, string>>
    before: Partial<Record<P, string>>
    after: Partial<Record<P, string>>
  },
): string {
  const names = Object.keys(parts) as P[]
  return names
    .filter((name) => change.before[name] !== change.after[name])
    .map((name) => partial(`#${change.ids[name]}`, 'outerMorph', parts[name]))
    .join('')
}

/** One change of the page, in the form that htmx takes apart. */
export function partial(target: string, swap: string, view: { toString(): string }): string {
  return `<hx-partial hx-target="${target}" hx-swap="${swap}">${view.toString()}</hx-partial>`
}
