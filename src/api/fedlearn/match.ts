/**
 * Matching ids: a job in which every client reads the ids of a data set that it offers, and keeps those in common.
 * @module
 */
import type { Db } from '../../db/type.ts'
import { getDataset, partyAt } from '../../domain/dataset.ts'
import { conflict, DomainError, invalid, notFound } from '../../domain/error.ts'
import { findJob, type Job, submitJob } from '../../domain/job.ts'
import { listMetrics } from '../../domain/metric.ts'
import { listNamedJobs } from '../../domain/named-job.ts'
import { requireRunners } from '../../domain/runner.ts'
import { listTasks } from '../../domain/task.ts'
import type { AppDeps } from '../deps.ts'
import { checkTaskId, datedId } from './identifier.ts'
import { MATCH_NAMES, type MatchMethod, matchMethod } from './match-method.ts'
import { graphOf, membersOf, type PipelineNode, seatsOf, tasksOf } from './pipeline.ts'
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
  deps: Pick<AppDeps, 'db' | 'catalog' | 'now' | 'owner'>,
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
  const { clients, sites } = await clientsOf(db, body)
  if (method.module !== 'Reader' && clients.length < 2) {
    throw invalid(`matchAlgorithm ${method.name} matches two clients or more, and clientList has 1`)
  }
  const request: MatchRequest = { taskId, matchAlgorithm: method.name, clientList: clients }
  const before = await findSame(deps, request)
  if (before) return before.id

  await requireRunners(
    db,
    clients.map(({ party }) => ({ role: null, party })),
  )
  // The first client finds the common ids; the others are told which of theirs they are.
  const seats = seatsOf(clients.map(({ party }, at) => ({ party, site: sites[at] })))
  const nodes = [nodeOf(clients, method)]
  return submitDated(deps, {
    taskId,
    what: method.name,
    job: {
      surface: SURFACE,
      kind: 'match',
      name: taskId,
      tag: method.name,
      members: membersOf(seats),
      initiator: { role: 'guest', party: clients[0].party },
      graph: graphOf(nodes),
      tasks: tasksOf(nodes, { seats, catalog: deps.catalog }),
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

/** The clients, and of each the data directory that its data set is read in. */
async function clientsOf(
  db: Db,
  body: FedlearnMatch,
): Promise<{ clients: readonly MatchClient[]; sites: readonly string[] }> {
  const clients: MatchClient[] = []
  const sites: string[] = []
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
    sites.push(found.site)
  }
  return { clients, sites }
}

async function findSame(
  { db, owner }: Pick<AppDeps, 'db' | 'owner'>,
  request: MatchRequest,
): Promise<Job | undefined> {
  const jobs = await listNamedJobs(db, {
    ...(owner === null ? {} : { owner }),
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

/** The one node of a match: each client reads the ids of its data set. */
function nodeOf(clients: readonly MatchClient[], method: MatchMethod): PipelineNode {
  const secret = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
  return {
    name: MATCH_NODE,
    module: method.module,
    params: () => method.params(secret),
    sources: ({ party }) =>
      clients
        .filter((client) => client.party === party)
        .map(({ dataset }) => ({ type: 'dataset' as const, name: dataset, columns: [] })),
  }
}

/** How many ids of one second are tried. */
const TRIES = 120

/** Enters a job under a dated id; where that is taken, under that of the next second that is free. */
export async function submitDated(
  { db, now, owner }: Pick<AppDeps, 'db' | 'now' | 'owner'>,
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
      return (await submitJob(db, { ...entry.job, owner, id })).id
    } catch (error) {
      if (!(error instanceof DomainError && error.kind === 'conflict')) throw error
    }
  }
  throw conflict(
    `Task ${entry.taskId} has started too much of ${entry.what} at once: try again later`,
  )
}
