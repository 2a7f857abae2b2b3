/**
 * The list of jobs.
 * @module
 */
import {
  countFrameworks,
  FRAMEWORK_ORDERS,
  type FrameworkFilter,
  type FrameworkOrder,
  type FrameworkPage,
  type ListedFramework,
  listFrameworks,
} from '../../domain/framework-list.ts'
import type { AppDeps } from '../deps.ts'
import { invalidParameters } from './fault.ts'
import type { PaiContext } from './route.ts'
import { subState } from './states.ts'

export const LIST_QUERY = [
  'username',
  'vc',
  'state',
  'keyword',
  'tagsContain',
  'tagsNotContain',
  'jobPriority',
  'offset',
  'limit',
  'order',
  'withTotalCount',
] as const

const LIMIT = 5000
const MOST = 50_000

/** Answers a list, of one user where one is named. */
export async function answerList(c: PaiContext, deps: AppDeps, user?: string): Promise<Response> {
  const filter = filterOf((name) => c.req.query(name), user)
  const page = pageOf((name) => c.req.query(name))
  const now = deps.now()
  const data = (await listFrameworks(deps.db, filter, page)).map((one) => item(one, now))
  if (c.req.query('withTotalCount') !== 'true') return c.json(data)
  return c.json({ totalCount: await countFrameworks(deps.db, filter), data })
}

type Query = (name: string) => string | undefined

function filterOf(query: Query, user: string | undefined): FrameworkFilter {
  const list = (name: string) => {
    const text = query(name)
    return text === undefined || text === '' ? undefined : text.split(',')
  }
  return {
    owners: user === undefined ? list('username') : [user],
    virtualClusters: list('vc'),
    states: list('state'),
    keyword: query('keyword'),
    tagged: list('tagsContain'),
    untagged: list('tagsNotContain'),
    priorities: list('jobPriority')?.map((one) => (one === 'default' ? null : one)),
  }
}

function pageOf(query: Query): FrameworkPage {
  const number = (name: string, byDefault: number) => {
    const text = query(name)
    if (text === undefined) return byDefault
    if (!/^\d{1,9}$/.test(text)) throw invalidParameters(`${name} is a whole number, not "${text}"`)
    return Number(text)
  }
  const limit = number('limit', LIMIT)
  if (limit > MOST) throw invalidParameters(`limit is at most ${MOST}, not ${limit}`)
  const [field, way = 'ASC'] = (query('order') ?? 'submissionTime,DESC').split(',')
  if (!isOrder(field))
    throw invalidParameters(`order is by one of ${FRAMEWORK_ORDERS.join(', ')}, not "${field}"`)
  if (way !== 'ASC' && way !== 'DESC') throw invalidParameters(`order is ASC or DESC, not "${way}"`)
  return { order: field, descending: way === 'DESC', offset: number('offset', 0), limit }
}

function isOrder(text: string): text is FrameworkOrder {
  return (FRAMEWORK_ORDERS as readonly string[]).includes(text)
}

function item(one: ListedFramework, now: number) {
  const over = one.completedAt !== null
  const waits = one.dueAt !== null && one.dueAt > now
  return {
    debugId: one.jobId,
    name: one.name,
    username: one.owner,
    state: one.state,
    subState: subState({ over, waits, running: one.begun }),
    executionType: one.execution,
    tags: one.tags,
    retries: one.attempt,
    retryDetails: one.retries,
    retryDelayTime: waits ? Math.ceil(((one.dueAt ?? now) - now) / 1000) : null,
    submissionTime: one.submittedAt,
    createdTime: one.submittedAt,
    launchedTime: one.launchedAt,
    completedTime: one.completedAt,
    appExitCode: over ? one.exitCode : null,
    virtualCluster: one.virtualCluster,
    totalGpuNumber: one.totalGpus,
    totalTaskNumber: one.totalTasks,
    totalTaskRoleNumber: one.totalRoles,
    jobPriority: one.priority,
  }
}
