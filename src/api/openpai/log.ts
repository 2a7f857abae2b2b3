/**
 * Logs as text, a page at a time: however long one is, a thousand lines of it are in memory.
 * @module
 */
import { findAttemptState } from '../../domain/attempt.ts'
import { countLogBytes, listLog, LOG_LEVELS, type LogQuery } from '../../domain/log.ts'
import type { AppDeps } from '../deps.ts'
import { PaiFault } from './fault.ts'
import type { PaiContext } from './route.ts'

/** The two streams of a program, and both as they came. */
export const LOG_NAMES = ['all', 'stdout', 'stderr'] as const
export type LogName = (typeof LOG_NAMES)[number]

/** What of a log is shown in tail mode. */
const TAIL_BYTES = 16 * 1024
const PAGE = 1000
const FOLLOW_MS = 500
/** Standard output is logged as `info`, standard error as `error`. */
const LEVEL: Readonly<Record<LogName, string | null>> = {
  all: null,
  stdout: 'info',
  stderr: 'error',
}

export interface LogOf {
  readonly jobId: string
  readonly attemptId: string
  readonly name: LogName
}

/** Answers a log: whole, its end, a range of its bytes, or as it grows. */
export async function answerLog(c: PaiContext, deps: AppDeps, of: LogOf): Promise<Response> {
  const query = queryOf(of)
  const headers = {
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
  }
  const follow = c.req.query('follow') === 'true'
  const range = c.req.header('range')
  if (range === undefined && c.req.query('tail-mode') !== 'true')
    return c.body(stream(deps, { query, from: 0, to: null, follow }), 200, headers)
  const total = await countLogBytes(deps.db, query)
  const [from, to] =
    range === undefined ? [Math.max(0, total - TAIL_BYTES), total] : slice(range, total)
  const body = stream(deps, { query, from, to: follow ? null : to, follow })
  if (range === undefined) return c.body(body, 200, headers)
  const contentRange = `bytes ${from}-${to - 1}/${total}`
  return c.body(body, 206, { ...headers, 'content-range': contentRange })
}

interface Slice {
  readonly query: LogQuery
  /** Bytes; `to` is the first one that is left out. */
  readonly from: number
  readonly to: number | null
  readonly follow: boolean
}

function stream(deps: AppDeps, slice: Slice): ReadableStream<Uint8Array> {
  const pages = readPages(deps, slice)
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await pages.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        await pages.return(undefined)
      },
    },
    { highWaterMark: 0 },
  )
}

async function* readPages(deps: AppDeps, slice: Slice): AsyncGenerator<Uint8Array, undefined> {
  const { query, from, to, follow } = slice
  const encoder = new TextEncoder()
  let at = 0
  let after = 0
  while (true) {
    // Asked before reading: what came between the two is read once more.
    const running = follow && (await findAttemptState(deps.db, query.attemptId ?? '')) === 'running'
    const lines = await listLog(deps.db, { ...query, after, limit: PAGE })
    after = lines.at(-1)?.id ?? after
    const bytes = encoder.encode(lines.map(({ text }) => `${text}\n`).join(''))
    const wanted = bytes.subarray(
      Math.min(bytes.length, Math.max(0, from - at)),
      to === null ? bytes.length : Math.max(0, Math.min(bytes.length, to - at)),
    )
    at += bytes.length
    if (wanted.length > 0) yield wanted
    if (to !== null && at >= to) return undefined
    if (lines.length === PAGE) continue
    if (!running) return undefined
    await new Promise((next) => setTimeout(next, FOLLOW_MS))
  }
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

function queryOf({ jobId, attemptId, name }: LogOf): LogQuery {
  const level = LEVEL[name]
  const without = level === null ? [] : LOG_LEVELS.filter((one) => one !== level)
  return { jobId, attemptId, without }
}
