/**
 * Runs the example: uploads its tables where they are missing, waits for them, submits the job. What it waits for
 * travels in the address, so that any app process can answer the next question.
 * @module
 */
import { type Context, Hono } from 'hono'

import {
  ExamplePage,
  type ExampleProps,
  type ExampleStage,
  type ExampleUpload,
} from '../../views/example.tsx'
import { jobPath } from '../../views/job/task-words.ts'
import { ownerIn } from '../api/access.ts'
import { unavailable } from '../domain/error.ts'
import { findJob } from '../domain/job.ts'
import { findTable } from '../domain/table.ts'
import { listTasks } from '../domain/task.ts'
import { submitUpload } from '../domain/upload.ts'
import { asking, type ConsoleDeps, type Db } from './deps.ts'
import { describeJob } from './describe.ts'
import { EXAMPLE_TABLES, exampleJob, type ExampleTable } from './example.ts'

/** How long the uploads may take before the page says that something is wrong. */
const PATIENCE_MS = 60_000

/** `/example`. */
export function exampleRoutes(deps: ConsoleDeps): Hono {
  const { db, now } = deps
  const app = new Hono()

  app.post('/example', async (c) => {
    const query: Record<string, string> = { since: String(now()) }
    for (const table of EXAMPLE_TABLES) {
      if (await isThere(db, table)) continue
      query[table.role] = (await upload(db, table, ownerIn(c))).id
    }
    if (query['guest'] === undefined && query['host'] === undefined) return submit(c)
    return c.redirect(`/example?${new URLSearchParams(query)}`, 303)
  })

  for (const path of ['/example', '/example/parts']) {
    app.get(path, async (c) => {
      const query = c.req.query()
      if (query['guest'] === undefined && query['host'] === undefined) return c.redirect('/', 302)
      return c.render(<ExamplePage {...await progress(deps, query)} />, { title: 'Example' })
    })
  }

  app.post('/example/submit', (c) => submit(c))

  async function submit(c: Context): Promise<Response> {
    const { dsl, conf } = exampleJob()
    const answer = await asking(c, deps).submitFate({ job_dsl: dsl, job_runtime_conf: conf })
    if (answer.retcode !== 0 || !answer.jobId) {
      throw unavailable(`The example could not be submitted: ${answer.retmsg}`)
    }
    return c.redirect(jobPath(answer.jobId), 303)
  }

  return app
}

async function progress(
  { db, now }: ConsoleDeps,
  query: Record<string, string>,
): Promise<ExampleProps> {
  const uploads: ExampleUpload[] = []
  for (const table of EXAMPLE_TABLES) {
    const id = query[table.role]
    const job = id === undefined ? undefined : await findJob(db, id)
    const tasks = job ? await listTasks(db, job.id) : []
    uploads.push({
      words: `Upload the ${table.role}’s table ${table.namespace}.${table.name} for party ${table.party}`,
      job,
      reason: job ? await describeJob(db, { job, tasks }) : null,
    })
  }
  const stage = stageOf(uploads, now() - Number(query['since'] ?? now()))
  const fields = Object.fromEntries(
    Object.entries(query).filter(([name]) => ['guest', 'host', 'since'].includes(name)),
  )
  return { uploads, stage, fields, updates: stage.name === 'uploading' ? updatesFor(fields) : {} }
}

function stageOf(uploads: readonly ExampleUpload[], waited: number): ExampleStage {
  const failed = uploads.find(({ job }) => job?.state === 'failed' || job?.state === 'canceled')
  if (failed) return { name: 'failed', message: failed.reason ?? 'An upload was stopped.' }
  const open = uploads.filter(({ job }) => job && job.state !== 'succeeded')
  if (open.length === 0) return { name: 'ready' }
  if (waited > PATIENCE_MS) {
    const why = open.find(({ reason }) => reason !== null)?.reason ?? 'no runner took it.'
    return {
      name: 'failed',
      message: `An upload is not done after ${PATIENCE_MS / 1000} seconds: ${why}`,
    }
  }
  return { name: 'uploading' }
}

function updatesFor(fields: Record<string, string>): Record<string, string> {
  return {
    'hx-get': `/example/parts?${new URLSearchParams(fields)}`,
    'hx-trigger': 'every 700ms',
    'hx-target': 'this',
    'hx-swap': 'outerMorph',
  }
}

async function isThere(db: Db, table: ExampleTable): Promise<boolean> {
  const known = await findTable(db, table)
  return known !== undefined && known.rows > 0
}

function upload(db: Db, table: ExampleTable, owner: string | null) {
  return submitUpload(db, {
    surface: 'fate',
    owner,
    party: table.party,
    namespace: table.namespace,
    name: table.name,
    source: { type: 'path', path: table.path },
    head: true,
    delimiter: ',',
    partitions: 4,
    request: { table: `${table.namespace}.${table.name}`, file: table.path },
  })
}
