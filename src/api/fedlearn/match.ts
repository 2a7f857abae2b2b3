/**
 * Matching ids: a job in which every client reads the ids of a data set that it offers, and keeps those in common.
 * @module
 */
import type { Db } from '../../db/type.ts'
import type { Catalog } from '../../domain/catalog.ts'
import { getDataset, partyAt } from '../../domain/dataset.ts'
import { conflict, DomainError, invalid, notFound } from '../../domain/error.ts'
import { findJob, type Job, type NewTask, submitJob } from '../../domain/job.ts'
import { listMetrics } from '../../domain/metric.ts'
import { listNamedJobs } from '../../domain/named-job.ts'
import { requireRunners } from '../../domain/runner.ts'
import { listTasks } from '../../domain/task.ts'
import { checkTaskId, datedId } from './identifier.ts'
import { MATCH_NAMES, matchMethod } from './match-method.ts'
import type { FedlearnMatch } from './schema.ts'

/** The name under which jobs of this surface are kept. */
export const SURFACE = 'fedlearn'

/** The node in which ids are matched; its table at each client holds the ids in common. */
export const MATCH_NODE = 'match'

/** A client as a match knows it. */
export interface MatchClient {
  readonly url: string
  readonly party: string
  readonly dataset: string
  readonly index: string
}

/** What a match keeps of its request. */
export interface MatchRequest {
  readonly taskId: string
  readonly matchAlgorithm: string
  readonly clientList: readonly MatchClient[]
}

/**
 * Starts a match; one of the same task, algorithm and clients that has not failed is taken instead. Refuses a client
 * that nobody knows, that offers no such data set, or that is not there.
 */
export async function startMatch(
  deps: { readonly db: Db; readonly catalog: Catalog; now(): number },
  body: FedlearnMatch,
): Promise<string> {
  const { db } = deps
  const taskId = checkTaskId(body.taskId)
  const method = matchMethod(body.matchAlgorithm)
  if (!method) {
    throw invalid(
      `matchAlgorithm "${body.matchAlgorithm}" is unknown: expected ${MATCH_NAMES.join(', ')}`,
    )
  }
  const clients = await clientsOf(db, body)
  if (method.module === 'Intersection' && clients.length < 2) {
    throw invalid(`matchAlgorithm ${method.name} matches two clients or more, and clientList has 1`)
  }
  const request: MatchRequest = { taskId, matchAlgorithm: method.name, clientList: clients }
  const before = await findSame(db, request)
  if (before) return before.id

  const members = rolesOf(clients)
  await requireRunners(
    db,
    clients.map(({ party }) => ({ role: null, party })),
  )
  const tasks = await tasksOf(deps, { clients, method, members })
  return submitDated(deps, {
    taskId,
    what: method.name,
    job: {
      surface: SURFACE,
      kind: 'match',
      name: taskId,
      tag: method.name,
      members,
      initiator: { role: 'guest', party: clients[0].party },
      graph: [{ name: MATCH_NODE, module: method.module, needs: [] }],
      tasks,
      request: { ...request },
    },
  })
}

/** How far a match is, in the original's words. */
export async function matchProgress(
  db: Db,
  matchId: string,
): Promise<{ percent: number; describe: string }> {
  const job = await findMatch(db, matchId)
  if (!job) return { percent: 0, describe: '任务不存在' }
  if (job.state === 'failed' || job.state === 'canceled') {
    return { percent: 0, describe: job.reason ?? 'The match was stopped' }
  }
  if (job.state === 'succeeded') return { percent: 100, describe: await reportOf(db, job) }
  const tasks = await listTasks(db, job.id)
  const waits = tasks.find(({ state, reason }) => state === 'ready' && reason !== null)
  const describe = waits ? `正在对齐: ${waits.reason}` : '正在对齐'
  // Complete is only what has ended.
  return { percent: Math.min(99, Math.floor(job.progress)), describe }
}

/** How many ids all clients of a match that has succeeded have; null where nobody counted. */
export async function matchLength(db: Db, job: Job): Promise<number | null> {
  if (job.state !== 'succeeded') return null
  const metrics = await listMetrics(db, { jobId: job.id })
  const found = metrics.find(({ name }) => name === 'intersection')
  const count = found?.points.findLast(([x]) => x === 'intersect_count')
  return count?.[1] ?? null
}

/** The match of that id, or undefined; one that was deleted is not there. */
export async function findMatch(db: Db, matchId: string): Promise<Job | undefined> {
  const job = await findJob(db, matchId)
  return job?.surface === SURFACE && job.kind === 'match' && job.deletedAt === null
    ? job
    : undefined
}

/** The match of that id. */
export async function getMatch(db: Db, matchId: string): Promise<Job> {
  const job = await findMatch(db, matchId)
  if (job) return job
  throw notFound(`There is no match "${matchId}": see /api/prepare/match/list`)
}

/** What the match was asked for. */
export function matchRequest(job: Job): MatchRequest {
  return job.request as unknown as MatchRequest
}

async function reportOf(db: Db, job: Job): Promise<string> {
  const { matchAlgorithm } = matchRequest(job)
  const length = (await matchLength(db, job)) ?? 0
  if (matchAlgorithm === 'EMPTY') return 'Match type is EMPTY!! \n '
  if (matchAlgorithm === 'DH') return `DiffieHellmanMatch report: matched size is ${length}`
  return `IdMatch is complete!! \n Match num is ${length}`
}

async function clientsOf(db: Db, body: FedlearnMatch): Promise<readonly MatchClient[]> {
  const clients: MatchClient[] = []
  for (const { url, dataset, index } of body.clientList) {
    const party = await partyAt(db, url)
    const twin = clients.find((client) => client.party === party)
    if (twin) {
      throw invalid(
        `clientList names party ${party} twice, as ${twin.url} and ${url}: once is enough`,
      )
    }
    const found = await getDataset(db, { party, name: dataset })
    if (index !== undefined && index !== found.index) {
      throw invalid(
        `Data set "${dataset}" of party ${party} has its ids in "${found.index}", not in "${index}"`,
      )
    }
    clients.push({ url, party, dataset, index: found.index })
  }
  return clients
}

async function findSame(db: Db, request: MatchRequest): Promise<Job | undefined> {
  const jobs = await listNamedJobs(db, {
    surface: SURFACE,
    kind: 'match',
    names: [request.taskId],
  })
  const wanted = clientKey(request)
  return jobs.find(
    (job) =>
      job.tag === request.matchAlgorithm &&
      job.state !== 'failed' &&
      job.state !== 'canceled' &&
      clientKey(matchRequest(job)) === wanted,
  )
}

function clientKey({ clientList }: MatchRequest): string {
  return JSON.stringify(clientList.map(({ party, dataset }) => [party, dataset]))
}

/** The first client finds the common ids; the others are told which of theirs they are. */
function rolesOf(clients: readonly MatchClient[]): Record<string, string[]> {
  const [first, ...rest] = clients.map(({ party }) => party)
  return { guest: [first], ...(rest.length > 0 ? { host: rest } : {}) }
}

async function tasksOf(
  { db, catalog }: { readonly db: Db; readonly catalog: Catalog },
  match: {
    readonly clients: readonly MatchClient[]
    readonly method: { module: string; params(secret: string): Record<string, unknown> }
    readonly members: Record<string, string[]>
  },
): Promise<NewTask[]> {
  const { clients, method, members } = match
  const entry = catalog.get(method.module)
  if (!entry) throw new Error(`No module ${method.module}`)
  const secret = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
  const params = entry.parseParams(method.params(secret))
  return Promise.all(
    clients.map(async ({ party, dataset }, at): Promise<NewTask> => {
      const { site } = await getDataset(db, { party, name: dataset })
      return {
        name: MATCH_NODE,
        kind: 'component',
        role: at === 0 ? 'guest' : 'host',
        party,
        position: Math.max(0, at - 1),
        site,
        spec: {
          type: 'component',
          module: method.module,
          params,
          members,
          data: [{ slot: 'data', tables: [{ type: 'dataset', name: dataset, columns: [] }] }],
          models: [],
          run: true,
        },
      }
    }),
  )
}

/** How many ids of one second are tried. */
const TRIES = 120

/** Enters a job under a dated id; where that is taken, under that of the next second that is free. */
export async function submitDated(
  { db, now }: { readonly db: Db; now(): number },
  entry: {
    readonly taskId: string
    readonly what: string
    readonly job: Parameters<typeof submitJob>[1]
  },
): Promise<string> {
  const at = now()
  for (let later = 0; later < TRIES; later++) {
    const id = datedId(entry.taskId, entry.what, at + later * 1000)
    try {
      return (await submitJob(db, { ...entry.job, id })).id
    } catch (error) {
      if (!(error instanceof DomainError && error.kind === 'conflict')) throw error
    }
  }
  throw conflict(
    `Task ${entry.taskId} has started too much of ${entry.what} at once: try again later`,
  )
}
