/**
 * Logs as OpenPAI serves them: whole, their end, a range of their bytes, or as they grow.
 * @module
 */
import type { AppDeps, ShelvedLog } from '../deps.ts'
import { openPrinted, streamPrinted } from '../printed.ts'
import { PaiFault } from './fault.ts'
import type { PaiContext } from './route.ts'

/** The two streams of a program, and both as they came. */
export const LOG_NAMES = ['all', 'stdout', 'stderr'] as const satisfies ShelvedLog['name'][]
export type LogName = (typeof LOG_NAMES)[number]

/** What of a log is shown in tail mode. */
const TAIL_BYTES = 16 * 1024

/** Answers a log. */
export async function answerLog(c: PaiContext, deps: AppDeps, of: ShelvedLog): Promise<Response> {
  const headers = {
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'accept-ranges': 'bytes',
  }
  const follow = c.req.query('follow') === 'true'
  const range = c.req.header('range')
  const printed = await openPrinted(deps, of)
  if (range === undefined && !wantsTail(c))
    return c.body(streamPrinted(printed.read({ from: 0, to: null, follow })), 200, headers)
  const total = await printed.total()
  const [from, to] =
    range === undefined ? [Math.max(0, total - TAIL_BYTES), total] : slice(range, total)
  const body = streamPrinted(printed.read({ from, to: follow ? null : to, follow }))
  if (range === undefined) return c.body(body, 200, headers)
  const contentRange = `bytes ${from}-${to - 1}/${total}`
  return c.body(body, 206, { ...headers, 'content-range': contentRange })
}

/** Whether only the end of a log is asked for: `tail-mode` in the document, `tailMode` in the original's client. */
export function wantsTail(c: PaiContext): boolean {
  return c.req.query('tail-mode') === 'true' || c.req.query('tailMode') === 'true'
}

/** The bytes that a `Range` asks for: the first, and the one after the last. */
function slice(range: string, total: number): [number, number] {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? []
  const from = first === '' ? Math.max(0, total - Number(last)) : Number(first)
  const to = first === '' || last === '' ? total : Math.min(total, Number(last) + 1)
  if (first === undefined || (first === '' && last === '') || from >= to)
    throw new PaiFault(
      416,
      'InvalidParametersError',
      `Range "${range}" is not within the ${total} bytes of the log: ask for bytes=FIRST-LAST, bytes=FIRST- or bytes=-COUNT`,
    )
  return [from, to]
}
