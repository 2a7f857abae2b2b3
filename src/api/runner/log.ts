/**
 * Routes for what programs print, from runners whose data directory is not the server's.
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi'

import { findLogOrigin, type LogOrigin } from '../../domain/attempt.ts'
import { DomainError, forbidden } from '../../domain/error.ts'
import type { AppDeps } from '../deps.ts'
import { json } from '../json.ts'
import type { Api } from '../surface.ts'
import { asReader, speaksForRunner } from './caller.ts'
import { bytes, refused, security } from './route.ts'

/** Most bytes of a log in one request. */
const PIECE_BYTES = 1024 * 1024
/** So many pieces of a token are in memory at once; others wait where they are. */
const PIECES = 4
/** A piece that takes longer is given up, so that the next has its turn. */
const PIECE_MS = 60_000

const LogName = z.object({
  attempt: z.string().min(1).max(128),
  name: z.enum(['all', 'stdout', 'stderr']),
})
const LogPieceQuery = z.object({
  at: z.coerce
    .number()
    .int()
    .min(0)
    .max(2 ** 50)
    .openapi({
      description: 'The place of its first byte, counted from the first that was ever printed',
    }),
  whole: z.enum(['true', 'false']).optional().openapi({ description: 'Nothing comes after it' }),
})
const LogTaken = z
  .object({
    end: z
      .int()
      .nullable()
      .openapi({
        description:
          'The place of the byte to go on with; null where the server wants none of it: it has the same disk, or none, ' +
          'or the job is long over',
      }),
  })
  .openapi('RunnerLogTaken')

/** Taking in logs, a piece at a time. */
export function logRoutes(api: Api, deps: AppDeps): void {
  const middleware = asReader(deps)
  const turn = limited(PIECES)

  const keep = createRoute({
    method: 'put',
    path: '/logs/{attempt}/{name}',
    operationId: 'runner.log.keep',
    summary: `A piece of what a program prints, at most ${PIECE_BYTES} bytes; without any it asks for the place to begin`,
    security,
    middleware,
    request: {
      params: LogName,
      query: LogPieceQuery,
      body: { required: true, content: bytes('What was printed') },
    },
    responses: { 200: json(LogTaken, 'It is kept'), ...refused },
  })
  api.openapi(keep, async (c) => {
    const caller = c.get('caller')
    const { attempt: attemptId, name } = c.req.valid('param')
    const { at, whole } = c.req.valid('query')
    const origin = await findLogOrigin(deps.db, attemptId)
    if (!origin || !(await speaksForRunner(deps.db, caller, origin.runnerId)))
      throw forbidden(
        `Attempt "${attemptId}" is no program that a runner of this token ran: it takes no log of it`,
      )
    const take = wants(deps, origin) ? deps.files?.keepLog : undefined
    if (!take) return c.json({ end: null }, 200)
    const end = await turn(caller.owner ?? '', async () => {
      const piece = { at, bytes: await readPiece(c.req.raw), whole: whole === 'true' }
      return take({ jobId: origin.jobId, attemptId, name }, piece)
    })
    return c.json({ end }, 200)
  })
}

function wants({ files, now }: AppDeps, { site, jobEndedAt }: LogOrigin): boolean {
  if (!files || files.site === site) return false
  const { keepLogMs = Number.POSITIVE_INFINITY } = files
  return jobEndedAt === null || now() - jobEndedAt < keepLogMs
}

async function readPiece({ body }: Request): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  const reader = body?.getReader()
  const late = new DomainError('unavailable', 'The piece of the log did not come in time')
  const timer = setTimeout(() => void reader?.cancel(late).catch(() => undefined), PIECE_MS)
  let size = 0
  try {
    const began = performance.now()
    while (reader) {
      const { done, value } = await reader.read()
      if (performance.now() - began >= PIECE_MS) throw late
      if (done) break
      size += value.length
      if (size > PIECE_BYTES) {
        await reader.cancel().catch(() => undefined)
        throw new DomainError(
          'limit',
          `The piece of the log is larger than ${PIECE_BYTES} bytes: send less at once`,
        )
      }
      chunks.push(value)
    }
  } finally {
    clearTimeout(timer)
  }
  const all = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.length
  }
  return all
}

/** Runs at most `most` at once of those with one key, in order. */
function limited(most: number) {
  const busy = new Map<string, { running: number; readonly waiting: (() => void)[] }>()
  return async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const lane = busy.get(key) ?? { running: 0, waiting: [] }
    busy.set(key, lane)
    if (lane.running >= most) await new Promise<void>((resolve) => lane.waiting.push(resolve))
    else lane.running += 1
    try {
      return await work()
    } finally {
      const next = lane.waiting.shift()
      if (next) next()
      else if (--lane.running === 0) busy.delete(key)
    }
  }
}
