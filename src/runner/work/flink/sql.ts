/**
 * Runs a script through the SQL gateway, one statement after the other; what becomes a job is followed at the cluster.
 * @module
 */
import type { Outcome } from '../../../domain/work.ts'
import { type Statement, splitStatements } from '../../../flow/sql/split.ts'
import { failed } from '../../outcome.ts'
import type { StatementFact, WorkRun } from '../engine.ts'
import { readScript } from '../folder.ts'
import { beginStatement } from '../statement.ts'
import { type FollowOptions, followJobs, type JobEnd } from './follow.ts'
import type { ResultPage, SqlGateway, SqlSession } from './gateway.ts'
import { FlinkError } from './http.ts'
import { flinkJobId, MOST_STATEMENTS } from './ids.ts'
import { splitParams } from './params.ts'
import { isOver } from './rest.ts'

/** Rows of an answer that are kept; of one without end no more are fetched. */
const MOST_ROWS = 1000
const BEAT_MS = 60_000

export interface SqlOptions extends FollowOptions {
  readonly gateway: SqlGateway
}

/** Runs the script of a work. */
export async function runSql(run: WorkRun, options: SqlOptions): Promise<Outcome> {
  const { gateway, clock } = options
  const statements = splitStatements(await readScript(run.spec.script, run.folder))
  if (statements.length === 0) return failed('The script has no statement')
  if (statements.length > MOST_STATEMENTS)
    return failed(`The script has ${statements.length} statements, more than ${MOST_STATEMENTS}`)
  const session = await gateway.open(run.spec.name, propertiesOf(run))
  const over = new AbortController()
  void keepAlive(session, { clock, signal: over.signal })
  try {
    return await runStatements(statements, { run, options, session })
  } finally {
    over.abort()
    await session.close().catch(() => undefined)
  }
}

function propertiesOf({ spec }: WorkRun): Record<string, string> {
  return {
    'execution.runtime-mode': spec.mode.toLowerCase(),
    ...(spec.savepoint === null ? {} : { 'execution.savepoint.path': spec.savepoint }),
    ...splitParams(spec.params).configuration,
  }
}

async function keepAlive(
  session: SqlSession,
  { clock, signal }: { clock: FollowOptions['clock']; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(BEAT_MS, signal)
    // A gateway that is away for a moment is found out by whoever needs it.
    if (!signal.aborted) await session.beat().catch(() => undefined)
  }
}

interface Work {
  readonly run: WorkRun
  readonly options: SqlOptions
  readonly session: SqlSession
}

async function runStatements(statements: readonly Statement[], work: Work): Promise<Outcome> {
  const { run, options } = work
  /** Streaming jobs that go on beside each other. */
  const streams: { id: string; fact: StatementFact }[] = []
  for (const [index, statement] of statements.entries()) {
    run.signal.throwIfAborted()
    const begun = beginStatement(run, statements, index)
    try {
      if (!isInsert(statement.text)) {
        run.statement(done(begun, { rows: await answer(statement, index, work) }))
        continue
      }
      const id = await submit(statement, index, work)
      run.fact('job_id', id)
      run.fact('job_url', `${options.cluster.url}/#/job/running/${id}`)
      run.statement({ ...begun, jobId: id })
      if (run.spec.mode === 'STREAMING') {
        streams.push({ id, fact: { ...begun, jobId: id } })
        continue
      }
      const [end] = await followJobs([id], run, options)
      if (!conclude({ ...begun, jobId: id }, end, run)) return failed(told(statement, end?.reason))
    } catch (error) {
      if (run.signal.aborted || !(error instanceof FlinkError)) throw error
      run.statement({ ...begun, status: 'FAILED', endedAt: Date.now(), error: error.message })
      run.log('error', error.details.slice(0, 20_000))
      return failed(told(statement, error.message))
    }
  }
  if (streams.length === 0) return { state: 'succeeded' }
  const ends = await followJobs(
    streams.map(({ id }) => id),
    run,
    options,
  )
  const bad = streams.filter(({ id, fact }) => {
    return !conclude(
      fact,
      ends.find((end) => end.id === id),
      run,
    )
  })
  const [first] = bad
  if (!first) return { state: 'succeeded' }
  return failed(ends.find(({ id }) => id === first.id)?.reason ?? 'A job did not finish')
}

/** Tells how a job ended; whether it did as it should. */
function conclude(fact: StatementFact, end: JobEnd | undefined, run: WorkRun): boolean {
  if (end?.state === 'FINISHED') {
    run.statement(done(fact, { rows: end.records?.written ?? null }))
    return true
  }
  const status = end?.state === 'CANCELED' ? 'CANCELED' : 'FAILED'
  run.statement({ ...fact, status, endedAt: Date.now(), error: end?.reason ?? null })
  return false
}

function done(fact: StatementFact, { rows }: { rows: number | null }): StatementFact {
  return { ...fact, status: 'FINISHED', rows, endedAt: Date.now() }
}

function told({ line, column }: Statement, why: string | null | undefined): string {
  return `The statement at line ${line}, column ${column} failed: ${why ?? 'the cluster does not say why'}`
}

/** What becomes a job that somebody else than the session waits for. */
function isInsert(text: string): boolean {
  return /^(?:INSERT|EXECUTE\s+(?:STATEMENT\s+SET|INSERT)|BEGIN\s+STATEMENT\s+SET|DELETE|UPDATE|CREATE\s+(?:OR\s+REPLACE\s+)?TABLE\b[\s\S]*\bAS\s+SELECT\b)/i.test(
    text,
  )
}

/** Begins a statement that becomes a job, unless an earlier attempt has; answers the id of the job. */
async function submit(statement: Statement, index: number, work: Work): Promise<string> {
  const { run, options, session } = work
  const id = flinkJobId(run.key, index)
  if (run.again && (await options.cluster.job(id)) !== undefined) {
    run.log('info', `Job ${id} is there already: an earlier attempt began it`)
    return id
  }
  const text = statement.text.replace(
    /^BEGIN\s+STATEMENT\s+SET\s*;/i,
    'EXECUTE STATEMENT SET BEGIN',
  )
  const operation = await session.execute(text, {
    '$internal.pipeline.job-id': id,
    'pipeline.name': `${run.spec.name} (statement ${index + 1})`,
    // The job is followed at the cluster, which is there after the gateway was restarted.
    'table.dml-sync': 'false',
  })
  const page = await firstPage(operation, work)
  return page.jobId ?? id
}

/** The first page of an answer, as soon as there is one. */
async function firstPage(operation: string, { run, options, session }: Work): Promise<ResultPage> {
  const { clock } = options
  let wait = 20
  for (;;) {
    run.signal.throwIfAborted()
    const page = await session.result(operation, null, run.signal)
    if (page.ready) return page
    await clock.sleep(wait, run.signal)
    wait = Math.min(500, wait * 2)
  }
}

/** Runs a statement that answers with rows, or with nothing; how many rows it had. */
async function answer(statement: Statement, index: number, work: Work): Promise<number | null> {
  const { run, options, session } = work
  const operation = await session.execute(statement.text)
  const rows: (readonly unknown[])[] = []
  let total = 0
  let page = await firstPage(operation, work)
  const { columns, isQuery } = page
  for (;;) {
    total += page.rows.length
    for (const { kind, fields } of page.rows) {
      // Of a table that changes every change is a row, with what it is in front.
      const row = run.spec.mode === 'STREAMING' && isQuery ? [kind, ...fields] : fields
      if (rows.length < MOST_ROWS) rows.push(row)
    }
    if (page.next === null) break
    if (run.spec.mode === 'STREAMING' && total >= MOST_ROWS) {
      run.log('warning', `Only the first ${MOST_ROWS} rows were fetched: a stream has no end`)
      await session.cancel(operation)
      break
    }
    run.signal.throwIfAborted()
    const before = page.rows.length
    page = await session.result(operation, page.next, run.signal)
    if (before === 0 && page.rows.length === 0) await options.clock.sleep(50, run.signal)
  }
  const isOk = columns.length === 1 && columns[0]?.name === 'result' && !isQuery
  if (isOk && total <= 1) return null
  const changes = run.spec.mode === 'STREAMING' && isQuery
  await run.result({
    index,
    columns: changes ? [{ name: 'op', type: 'STRING' }, ...columns] : columns,
    rows,
    total,
  })
  return total
}

/** Cancels what is left of a run at the cluster. Whether nothing is any more. */
export async function discardJobs(key: string, { cluster }: FollowOptions): Promise<boolean> {
  const ours = new Set(
    Array.from({ length: MOST_STATEMENTS }, (_, index) => flinkJobId(key, index)),
  )
  const left = (await cluster.jobs()).filter(({ jid, state }) => ours.has(jid) && !isOver(state))
  for (const { jid } of left) await cluster.cancel(jid)
  return left.length === 0
}
