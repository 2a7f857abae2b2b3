/**
 * What all trainings of the same labels come to, for pages of matches, trainings and their jobs.
 * @module
 */
import { type LabelBudget, labelBudgets } from '../api/fedlearn/label-budget.ts'
import { matchRequest, SURFACE } from '../api/fedlearn/match.ts'
import { trainingRequest } from '../api/fedlearn/training.ts'
import type { Job } from '../domain/job.ts'
import type { Db } from './deps.ts'

/** Of the labels of a training, or of a match's data sets; none for other jobs. */
export async function labelUseOf(db: Db, job: Job): Promise<LabelBudget[]> {
  if (job.surface !== SURFACE) return []
  if (job.kind === 'match') {
    return labelBudgets(db, { clients: matchRequest(job).clientList, matchId: job.id })
  }
  return job.kind === 'train' ? labelBudgets(db, trainingRequest(job)) : []
}
