/**
 * What clients of later versions do with jobs that were submitted: write on them, run them again, delete what they left.
 * @module
 */
import { createRoute, type z } from '@hono/zod-openapi'

import { forgetMetrics } from '../../../domain/clean.ts'
import { invalid } from '../../../domain/error.ts'
import type { Job } from '../../../domain/job.ts'
import { findMembers } from '../../../domain/member.ts'
import { noteJob } from '../../../domain/note.ts'
import { rerunJob } from '../../../domain/rerun.ts'
import { requireRunners } from '../../../domain/runner.ts'
import { ownOnly } from '../../access.ts'
import type { AppDeps } from '../../deps.ts'
import { json, jsonBody } from '../../json.ts'
import type { Api } from '../../surface.ts'
import {
  FateClean,
  FateCleanedJob,
  FateCount,
  type FateDataViewQuery,
  FateMetricDelete,
  FateNote,
  FateRerun,
  FateRerunning,
} from '../after-schema.ts'
import { deleteOutputs } from '../delete-rows.ts'
import { failure, RETCODE, success } from '../envelope.ts'
import { FateReply } from '../field.ts'
import { findFateJob, getPlace, SURFACE } from '../place.ts'

const NO_JOB = 'find job failed'
const DAY_MS = 86_400_000
/** Jobs whose metrics one request may delete. */
const MOST_JOBS = 300

/** Adds the routes. */
export function afterRoutes(api: Api, deps: AppDeps): void {
  const { db } = deps

  const update = createRoute({
    method: 'post',
    path: '/job/update',
    operationId: 'fate.job.update',
    summary: 'Write notes, a name or a tag on a job (1.2)',
    request: jsonBody(FateNote),
    responses: { 200: json(FateReply, 'It is written') },
  })
  api.openapi(update, async (c) => {
    const { job_id: id, notes, description, name, tag, role, party_id } = c.req.valid('json')
    if (!(await findFateJob(db, id))) return c.json(failure(RETCODE.notFound, NO_JOB), 200)
    if (role || party_id) await getPlace(db, { job_id: id, role, party_id })
    const text = description ?? notes
    await noteJob(db, id, {
      ...(text === null || text === undefined ? {} : { description: text }),
      ...(name === null || name === undefined ? {} : { name }),
      ...(tag === null || tag === undefined ? {} : { tag }),
    })
    return c.json(success({ jobId: id }), 200)
  })

  const rerun = createRoute({
    method: 'post',
    path: '/job/rerun',
    operationId: 'fate.job.rerun',
    summary: 'Run a job again that is over, from what has not succeeded (1.5)',
    request: jsonBody(FateRerun),
    responses: { 200: json(FateRerunning, 'It is in line again') },
  })
  api.openapi(rerun, async (c) => {
    const { job_id: id, component_name, cpn, force } = c.req.valid('json')
    const job = await findFateJob(db, id)
    if (!job) return c.json(failure(RETCODE.notFound, 'can not found job'), 200)
    await requireRunners(db, seatsOf(job))
    const names = namesOf(component_name ?? cpn)
    const { nodes } = await rerunJob(db, {
      id,
      ...(names.length === 0 ? {} : { nodes: names }),
      all: force === true && names.length === 0,
      reason: 'Run again by a client',
    })
    const data = { components: [...nodes] }
    return c.json(success({ jobId: id, retmsg: 'rerun job success', data }), 200)
  })

  const clean = createRoute({
    method: 'post',
    path: '/job/clean',
    operationId: 'fate.job.clean',
    summary: 'Delete the tables and metrics that a job which is over has left; models stay (1.3)',
    request: jsonBody(FateClean),
    responses: { 200: json(FateCleanedJob, 'They are gone') },
  })
  api.openapi(clean, async (c) => {
    const query = c.req.valid('json')
    const job = await findFateJob(db, query.job_id)
    if (!job) return c.json(failure(RETCODE.notFound, NO_JOB), 200)
    const of = tasksAt(query)
    const { tables, jobs } = await deleteOutputs(deps, { job, ...of })
    const metrics = await forgetMetrics(db, { jobId: job.id, ...of })
    return c.json(success({ jobId: job.id, data: { tables, metrics, jobs: [...jobs] } }), 200)
  })

  const metrics = createRoute({
    method: 'post',
    path: '/tracking/component/metric/delete',
    operationId: 'fate.metric.delete',
    summary: 'Delete metrics of a job, or of the jobs of a day (1.2)',
    request: jsonBody(FateMetricDelete),
    responses: { 200: json(FateCount, 'How many series are gone') },
  })
  api.openapi(metrics, async (c) => {
    const query = c.req.valid('json')
    const { job_id: id, date } = query
    if (!id && !date) throw invalid('the following arguments are required: job_id or date ')
    if (id && !(await findFateJob(db, id))) {
      return c.json(failure(RETCODE.notFound, NO_JOB), 200)
    }
    const ids = id ? [id] : await submittedOn(deps, { date: date ?? '', ...ownOnly(c) })
    let count = 0
    for (const jobId of ids) count += await forgetMetrics(db, { jobId, ...tasksAt(query) })
    return c.json(success({ data: count }), 200)
  })
}

/** The filter of tasks that a request names. */
export function tasksAt({
  role,
  party_id: party,
  component_name: name,
}: Pick<z.output<typeof FateDataViewQuery>, 'role' | 'party_id' | 'component_name'>): {
  role?: string
  party?: string
  name?: string
} {
  return {
    ...(role ? { role } : {}),
    ...(party ? { party } : {}),
    ...(name ? { name } : {}),
  }
}

function seatsOf({ members }: Job): { role: string; party: string }[] {
  return Object.entries(members).flatMap(([role, parties]) =>
    parties.map((party) => ({ role, party })),
  )
}

/** Clients send one name, several, or the word for all that is not done. */
function namesOf(given: string | readonly string[] | null | undefined): readonly string[] {
  const names = typeof given === 'string' ? [given] : (given ?? [])
  return names.filter((name) => name !== 'pipeline' && name !== '')
}

async function submittedOn(
  { db }: AppDeps,
  { date, ...own }: { date: string; owner?: string },
): Promise<string[]> {
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})$/.exec(date) ?? []
  const from = Date.parse(`${year}-${month}-${day}T00:00:00Z`)
  if (Number.isNaN(from)) throw invalid(`date: there is no day ${date}`)
  const found = await findMembers(db, { ...own, surface: SURFACE, limit: MOST_JOBS })
  const jobs = new Map(found.map(({ job }) => [job.id, job]))
  return [...jobs.values()]
    .filter(({ createdAt }) => createdAt >= from && createdAt < from + DAY_MS)
    .map(({ id }) => id)
}
