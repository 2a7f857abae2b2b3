/**
 * A log as a file: read from the database as fast as somebody takes it.
 * @module
 */
import { listLog, type LogQuery } from '../domain/log.ts'
import type { Db } from './deps.ts'

const LINES_AT_ONCE = 1000

/** The answer that a browser saves as `name`; `tasks` are named in every line where they are given. */
export function logFile(
  db: Db,
  query: Omit<LogQuery, 'after' | 'limit'>,
  file: { readonly name: string; readonly tasks?: ReadonlyMap<string, string> },
): Response {
  return new Response(toStream(eachLine(db, query, file.tasks)), {
    headers: fileHeaders(file.name, 'text/plain'),
  })
}

/** Headers of something that a browser shall save; a name keeps letters, digits, `-`, `_` and `.`. */
export function fileHeaders(name: string, type: string): Record<string, string> {
  return {
    'Content-Type': `${type}; charset=utf-8`,
    'Content-Disposition': `attachment; filename="${name.replaceAll(/[^\w.-]+/g, '_')}"`,
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
  }
}

async function* eachLine(
  db: Db,
  query: Omit<LogQuery, 'after' | 'limit'>,
  tasks: ReadonlyMap<string, string> | undefined,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  for (let after = 0; ;) {
    const lines = await listLog(db, { ...query, after, limit: LINES_AT_ONCE })
    let text = ''
    for (const line of lines) {
      const task = tasks ? ` [${tasks.get(line.taskId) ?? line.taskId}]` : ''
      text += `${new Date(line.at).toISOString()} ${line.level.padEnd(5)}${task} ${line.text}\n`
    }
    if (text !== '') yield encoder.encode(text)
    const last = lines.at(-1)
    if (!last || lines.length < LINES_AT_ONCE) return
    after = last.id
  }
}

/** Chunks as a stream that asks for the next one when the last has been taken. */
export function toStream(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): ReadableStream<Uint8Array> {
  const source = (async function* () {
    yield* chunks
  })()
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await source.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    async cancel() {
      await source.return(undefined)
    },
  })
}
