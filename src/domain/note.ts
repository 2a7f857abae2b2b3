/**
 * What people write on a job after it was submitted.
 * @module
 */
import type { Db } from '../db/type.ts'
import { databaseTime } from './clock.ts'
import { findJob, type Job } from './job.ts'

/** What a job is called and described as; what is left out stays as it is. */
export interface JobNote {
  readonly name?: string
  readonly description?: string
  readonly tag?: string
}

/** Writes on a job; answers it as it is then, or undefined where there is none. */
export async function noteJob(db: Db, id: string, note: JobNote): Promise<Job | undefined> {
  const { name, description, tag } = note
  const updated_at = await databaseTime(db)
  await db
    .updateTable('job')
    .set({
      updated_at,
      ...(name === undefined ? {} : { name }),
      ...(description === undefined ? {} : { description }),
      ...(tag === undefined ? {} : { tag }),
    })
    .where('id', '=', id)
    .execute()
  return findJob(db, id)
}
