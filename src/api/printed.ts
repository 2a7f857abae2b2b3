/**
 * What an attempt has printed, as bytes, a piece at a time: from a disk, where this server has it there, else a page of
 * lines of the database. However long a log is, one piece of it is in memory.
 * @module
 */
import { findAttemptSite, findAttemptState } from '../domain/attempt.ts'
import { countLogBytes, listLog, LOG_LEVELS, type LogQuery } from '../domain/log.ts'
import type { AppDeps, KeptLog, ShelvedLog } from './deps.ts'

const PAGE = 1000
const FOLLOW_MS = 500
/** What a runner elsewhere sends as lines before it sends a file is less than this. */
const LINES_BYTES = 9 * 1024 * 1024
/** Standard output is logged as `info`, standard error as `error`. */
const LEVEL: Readonly<Record<ShelvedLog['name'], string | null>> = {
  all: null,
  stdout: 'info',
  stderr: 'error',
}

/** Bytes of what is kept; `to` is the first one that is left out, null for the end. */
export interface PrintedSlice {
  readonly from: number
  readonly to: number | null
  /** Whether to wait for more, until the attempt is over. */
  readonly follow: boolean
}

/** A log that can be read from any place. Where its beginning is gone, it begins with a line that says so. */
export interface Printed {
  /** Bytes that there are now. */
  total(): Promise<number>
  read(slice: PrintedSlice): AsyncGenerator<Uint8Array, undefined>
}

type Reading = Pick<AppDeps, 'db' | 'files'>

/** Opens one of the logs of an attempt. */
export async function openPrinted(deps: Reading, of: ShelvedLog): Promise<Printed> {
  const site = await findAttemptSite(deps.db, of.attemptId)
  const open = async () => deps.files?.openLog?.({ ...of, site })
  const query = queryOf(of)
  const kept = await open()
  if (kept === undefined || (await hasMoreLines(deps, query, kept)))
    return {
      total: () => countLogBytes(deps.db, query),
      read: (slice) => readPages(deps, { query, open, ...slice }),
    }
  const head = headOf(kept)
  return {
    total: async () => head.length + kept.end - kept.first,
    read: (slice) => readKept(deps, { ...slice, attemptId: of.attemptId, kept, open }),
  }
}

/** Pieces as a body that asks for the next when the last was taken. */
export function streamPrinted(
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

/** Whether the file has only begun to come, and the lines still say more. */
async function hasMoreLines({ db }: Reading, query: LogQuery, kept: KeptLog): Promise<boolean> {
  if (kept.whole || kept.first > 0 || kept.end >= LINES_BYTES) return false
  return (await countLogBytes(db, query)) > kept.end
}

interface KeptSlice extends PrintedSlice {
  readonly attemptId: string
  readonly kept: KeptLog
  open(): Promise<KeptLog | undefined>
}

async function* readKept(deps: Reading, part: KeptSlice): AsyncGenerator<Uint8Array, undefined> {
  const head = headOf(part.kept)
  const end = part.to ?? Number.POSITIVE_INFINITY
  if (part.from < head.length) yield head.subarray(part.from, Math.min(head.length, end))
  const before = head.length - part.kept.first
  yield* readBytes(deps, {
    ...part,
    from: Math.max(part.kept.first, part.from - before),
    to: part.to === null ? null : part.to - before,
  })
  return undefined
}

/** Bytes by their place among all that was printed. */
async function* readBytes(deps: Reading, part: KeptSlice): AsyncGenerator<Uint8Array, undefined> {
  const { follow, attemptId, to } = part
  let { kept, from: at } = part
  while (true) {
    const running = follow && (await findAttemptState(deps.db, attemptId)) === 'running'
    kept = (await part.open()) ?? kept
    if (follow && kept.first > at) {
      yield encode(`\n[${kept.first - at} bytes were gone before they could be read]\n`)
      at = kept.first
    }
    const end = Math.min(kept.end, to ?? kept.end)
    if (end > at) yield* kept.read(at, end)
    at = Math.max(at, end)
    if (!(running || (follow && kept.comes)) || (to !== null && at >= to)) return undefined
    await new Promise((next) => setTimeout(next, FOLLOW_MS))
  }
}

interface LineSlice extends PrintedSlice {
  readonly query: LogQuery
  open(): Promise<KeptLog | undefined>
}

async function* readPages(deps: Reading, slice: LineSlice): AsyncGenerator<Uint8Array, undefined> {
  const { query, from, to, follow, open } = slice
  const attemptId = query.attemptId ?? ''
  let at = 0
  let after = 0
  while (true) {
    // Asked before reading: what came between the two is read once more.
    const running = follow && (await findAttemptState(deps.db, attemptId)) === 'running'
    // More than the lines have comes as a file, of which they are the beginning.
    const kept = follow ? await open() : undefined
    if (kept && kept.end > at) {
      const start = Math.max(at, from)
      yield* readBytes(deps, { from: start, to, follow, attemptId, kept, open })
      return undefined
    }
    const lines = await listLog(deps.db, { ...query, after, limit: PAGE })
    after = lines.at(-1)?.id ?? after
    const bytes = encode(lines.map(({ text }) => `${text}\n`).join(''))
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

/** What stands in place of a beginning that is gone. */
function headOf({ first }: KeptLog): Uint8Array {
  if (first === 0) return new Uint8Array()
  return encode(
    `[The first ${first} bytes are not kept: the log is longer than WEFT_LOG_MB lets it be]\n`,
  )
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function queryOf({ jobId, attemptId, name }: ShelvedLog): LogQuery {
  const level = LEVEL[name]
  const without = level === null ? [] : LOG_LEVELS.filter((one) => one !== level)
  return { jobId, attemptId, without }
}
