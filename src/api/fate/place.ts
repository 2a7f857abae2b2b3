/**
 * Finds what a request speaks of: a job of this surface, a party of it, a component there.
 * @module
 */
import type { Db } from '../../db/type.ts'
import { DomainError, invalid, notFound } from '../../domain/error.ts'
import { findJob, type Job } from '../../domain/job.ts'
import { findTask, type Task } from '../../domain/task.ts'

/** The name under which jobs of this surface are kept. */
export const SURFACE = 'fate'

/** A party of a job. */
export interface JobPlace {
  readonly job: Job
  readonly role: string
  readonly party: string
}

/** The job of that id, or undefined; jobs of other surfaces are not there. */
export async function findFateJob(db: Db, id: string): Promise<Job | undefined> {
  const job = await findJob(db, id)
  return job?.surface === SURFACE ? job : undefined
}

/** A job and the party asked for; the initiator when neither role nor party is given. */
export async function getPlace(
  db: Db,
  query: { job_id: string; role?: string | null; party_id?: string | null },
): Promise<JobPlace> {
  const job = await findFateJob(db, query.job_id)
  if (!job) throw notFound(`can not found this job: ${query.job_id}`)
  const role = query.role ?? undefined
  const party = query.party_id ?? undefined
  if (role === undefined && party === undefined && job.initiator) return { job, ...job.initiator }
  if (role === undefined || party === undefined) {
    const missing = role === undefined ? 'role' : 'party_id'
    throw invalid(`the following arguments are required: ${missing} `)
  }
  if (job.members[role]?.includes(party)) return { job, role, party }
  const members = Object.entries(job.members).map(([name, ids]) => `${name} ${ids.join(', ')}`)
  throw new DomainError(
    'not_found',
    `Job ${job.id} has no ${role} ${party}: its parties are ${members.join('; ')}`,
  )
}

/** A component at a party. There is no task where the component does not run at that role. */
export async function getComponentPlace(
  db: Db,
  query: {
    job_id: string
    role?: string | null
    party_id?: string | null
    component_name: string
  },
): Promise<JobPlace & { readonly task: Task | undefined }> {
  const place = await getPlace(db, query)
  const { job, role, party } = place
  const names = job.graph.map(({ name }) => name)
  if (!names.includes(query.component_name)) {
    throw notFound(
      `Job ${job.id} has no component ${query.component_name}: it has ${names.join(', ')}`,
    )
  }
  const task = await findTask(db, { jobId: job.id, name: query.component_name, role, party })
  return { ...place, task }
}
