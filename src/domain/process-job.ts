/**
 * Jobs of programs: each task runs one, on its own, through an engine of some runner.
 * @module
 */
import { fromJson } from '../db/json.ts'
import type { Needs } from '../db/table/job.ts'
import type { Capacity } from '../db/table/runner.ts'
import type { Db } from '../db/type.ts'
import { invalid, unavailable } from './error.ts'
import { type Job, submitJob } from './job.ts'
import { liveRunners, noRunner, serves } from './runner.ts'
import type { ProcessTaskSpec } from './work.ts'

/** The role of a task that somebody's own runner is to do. */
const ROLE = 'worker'
/** How often a task may lose its runner; the process itself has not failed then. */
const LOSSES = 5
/** The same where the process goes on without the runner. */
const FOLLOWED_LOSSES = 1000

export interface NewProcess {
  readonly name: string
  /** Null: any runner that serves every party. */
  readonly party: string | null
  readonly spec: ProcessTaskSpec
}

export interface NewProcessJob {
  readonly name: string
  readonly description?: string
  readonly priority?: number
  readonly tasks: readonly NewProcess[]
  /** What the client sent. */
  readonly request: Record<string, unknown>
  /** The account whose it is; null or absent for the operator's. */
  readonly owner?: string | null
}

/** Enters a job of processes, unless no live runner could ever run one of them. */
export async function submitProcesses(db: Db, job: NewProcessJob): Promise<Job> {
  for (const task of job.tasks) check(task)
  await requireEngines(db, job.tasks)
  const parties = [...new Set(job.tasks.flatMap(({ party }) => (party === null ? [] : [party])))]
  return submitJob(db, {
    surface: 'weft',
    kind: 'process',
    owner: job.owner,
    name: job.name,
    description: job.description,
    priority: job.priority,
    members: parties.length === 0 ? {} : { [ROLE]: parties },
    graph: job.tasks.map(({ name }) => ({ name, module: 'Process', needs: [] })),
    tasks: job.tasks.map(({ name, party, spec }) => ({
      name,
      kind: 'process',
      role: party === null ? null : ROLE,
      party,
      position: party === null ? 0 : parties.indexOf(party),
      maxAttempts: spec.engine === 'local' ? LOSSES : FOLLOWED_LOSSES,
      needs: placementNeeds(spec),
      spec,
    })),
    request: job.request,
  })
}

/** What of the needs a runner has to have: all of it where it runs the process itself, else only the way there. */
export function placementNeeds(spec: ProcessTaskSpec): Needs {
  const { engine, needs, sandbox } = spec
  const labels = { ...needs.labels, ...(sandbox === null ? {} : SANDBOX_LABELS[`${sandbox}`]) }
  const placed = engine === 'local' ? needs : {}
  return { ...placed, engine, ...(Object.keys(labels).length === 0 ? {} : { labels }) }
}

/** The labels by which runners tell how they run processes. */
const SANDBOX_LABELS = { true: { sandbox: 'yes' }, false: { processes: 'host' } } as const

/** Refuses what no runner could do, wherever it runs. */
function check({ name, spec }: NewProcess): void {
  const { engine, needs, sandbox, network } = spec
  if (engine === 'local') {
    if ((needs.ports ?? 0) > 0 && sandbox !== false && !network)
      throw invalid(`Task "${name}" asks for ports without a network: set "network": true`)
    return
  }
  if (sandbox === true)
    throw invalid(
      `Task "${name}" asks for a sandbox, which engine "${engine}" does not have: leave "sandbox" out, or use engine "local"`,
    )
  if ((needs.ports ?? 0) > 0)
    throw invalid(
      `Task "${name}" asks for ports, which only engine "local" can give: leave "ports" out`,
    )
}

interface Offer {
  readonly parties: readonly string[] | null
  readonly capacity: Capacity
}

async function requireEngines(db: Db, tasks: readonly NewProcess[]): Promise<void> {
  const offers = await liveOffers(db)
  for (const { name, party, spec } of tasks) {
    const able = offers.filter((offer) => serves(offer, party))
    if (able.length === 0) throw unavailable(noRunner(party === null ? null : ROLE, party))
    const { engine, labels = {} } = placementNeeds(spec)
    const fit = able.filter(({ capacity }) => capacity.engines?.includes(engine ?? ''))
    if (fit.length === 0) throw unavailable(noEngine(name, spec.engine, able))
    const lacking = Object.entries(labels).filter(
      ([label, value]) => !fit.some(({ capacity }) => capacity.labels?.[label] === value),
    )
    if (lacking.length > 0) throw unavailable(noLabel(name, lacking[0]))
  }
}

async function liveOffers(db: Db): Promise<Offer[]> {
  const live = new Map((await liveRunners(db)).map((runner) => [runner.id, runner]))
  if (live.size === 0) return []
  const rows = await db
    .selectFrom('runner')
    .select(['id', 'capacity'])
    .where('id', 'in', [...live.keys()])
    .execute()
  return rows.map(({ id, capacity }) => ({
    parties: live.get(id)?.parties ?? null,
    capacity: fromJson(capacity),
  }))
}

function noEngine(task: string, engine: string, able: readonly Offer[]): string {
  const known = [...new Set(able.flatMap(({ capacity }) => capacity.engines ?? []))]
  const there =
    known.length === 0 ? 'they run no processes at all' : `they have ${known.join(' and ')}`
  const remedy =
    engine === 'local'
      ? 'install bubblewrap on a runner, or set WEFT_PROCESSES=host there'
      : `start a runner with WEFT_ENGINES=local,${engine} and the settings of that engine, or name another`
  return `No live runner has engine "${engine}" for task "${task}"; ${there}: ${remedy}`
}

function noLabel(task: string, [label, value]: readonly [string, string]): string {
  if (label === 'sandbox')
    return `Task "${task}" asks for a sandbox, and no live runner can make one: install bubblewrap on a runner`
  if (label === 'processes')
    return `Task "${task}" is to run without a sandbox, and no live runner allows that: leave "sandbox" out, or set WEFT_PROCESSES=host on a runner`
  return `No live runner has the label ${label}=${value} that task "${task}" asks for: start one that has it`
}
