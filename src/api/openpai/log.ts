/**
 * Logs as text, a piece at a time: from the disk, where the runner has the same one, else a page of lines of the
 * database. However long a log is, one piece of it is in memory.
 * @module
 */
import { findAttemptSite, findAttemptState } from '../../domain/attempt.ts'
import { countLogBytes, listLog, LOG_LEVELS, type LogQuery } from '../../domain/log.ts'
import type { AppDeps, KeptLog } from '../deps.ts'
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
  const headers = {
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'accept-ranges': 'bytes',
  }
  const follow = c.req.query('follow') === 'true'
  const range = c.req.header('range')
  const source = await openSource(deps, of)
  if (range === undefined && !wantsTail(c))
    return c.body(stream(source.read({ from: 0, to: null, follow })), 200, headers)
  const total = await source.total()
  const [from, to] =
    range === undefined ? [Math.max(0, total - TAIL_BYTES), total] : slice(range, total)
  const body = stream(source.read({ from, to: follow ? null : to, follow }))
  if (range === undefined) return c.body(body, 200, headers)
  const contentRange = `bytes ${from}-${to - 1}/${total}`
  return c.body(body, 206, { ...headers, 'content-range': contentRange })
}

/** Whether only the end of a log is asked for: `tail-mode` in the document, `tailMode` in the original's client. */
export function wantsTail(c: PaiContext): boolean {
  return c.req.query('tail-mode') === 'true' || c.req.query('tailMode') === 'true'
}

/** Bytes of what is kept; `to` is the first one that is left out, null for the end. */
interface Slice {
  readonly from: number
  readonly to: number | null
  /** Whether to wait for more, until the attempt is over. */
  readonly follow: boolean
}

interface Source {
  /** Bytes that are kept now. */
  total(): Promise<number>
  read(slice: Slice): AsyncGenerator<Uint8Array, undefined>
}

async function openSource(deps: AppDeps, of: LogOf): Promise<Source> {
  const query = queryOf(of)
  const lines: Source = {
    total: () => countLogBytes(deps.db, query),
    read: (part) => readPages(deps, { query, ...part }),
  }
  const site = await findAttemptSite(deps.db, of.attemptId)
  const open = () => (site === null ? undefined : deps.files?.openLog?.({ ...of, site }))
  const kept = await open()
  if (kept === undefined) return lines
  return {
    total: async () => kept.end - kept.first,
    read: (part) => readKept(deps, { ...part, attemptId: of.attemptId, kept, open }),
  }
}

async function* readKept(
  deps: AppDeps,
  part: Slice & {
    readonly attemptId: string
    readonly kept: KeptLog
    open(): Promise<KeptLog | undefined> | undefined
  },
): AsyncGenerator<Uint8Array, undefined> {
  const { follow, attemptId } = part
  let { kept } = part
  const to = part.to === null ? null : kept.first + part.to
  let at = kept.first + part.from
  while (true) {
    const running = follow && (await findAttemptState(deps.db, attemptId)) === 'running'
    kept = (await part.open()) ?? kept
    const end = Math.min(kept.end, to ?? kept.end)
    yield* kept.read(at, end)
    at = Math.max(at, end)
    if (!running || (to !== null && at >= to)) return undefined
    await new Promise((next) => setTimeout(next, FOLLOW_MS))
  }
}

function stream(
  pieces: AsyncGenerator<Uint8Array, undefined>,
): ReadableStream<Uint8Array<ArrayBufferLike>> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await pieces.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        await pieces.return(undefined)
      },
    },
    { highWaterMark: 0 },
  )
}

async function* readPages(
  deps: AppDeps,
  slice: Slice & { readonly query: LogQuery },
): AsyncGenerator<Uint8Array, undefined> {
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
