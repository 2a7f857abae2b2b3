/**
 * Flows of this server in ModelBox's words.
 * @module
 */
import type { z } from '@hono/zod-openapi'

import type { FlowJob } from '../../domain/flow-job.ts'
import type { JobState } from '../../domain/job-state.ts'
import type { ModelboxJob, ModelboxStatus } from './schema.ts'

type Status = z.infer<typeof ModelboxStatus>

const STATUS = {
  waiting: 'PENDING',
  suspended: 'PENDING',
  running: 'RUNNING',
  succeeded: 'SUCCEEDED',
  failed: 'FAILED',
  canceled: 'FAILED',
} as const satisfies Record<JobState, Status>

/** A flow as its clients see it; one that has a runner is `CREATEING` until all of its units are open. */
export function toModelboxJob({ job, task }: FlowJob): z.infer<typeof ModelboxJob> {
  const base = STATUS[job.state]
  const status = base === 'RUNNING' ? runStatus(task) : base
  const isHealthy = status === 'RUNNING' || status === 'CREATEING' || status === 'SUCCEEDED'
  const reason = toldReason(job.reason ?? task?.reason ?? '')
  return { job_error_msg: isHealthy ? '' : reason, job_id: job.name, job_status: status }
}

/** Why a job failed, as the original words it: no task of this server's, and a unit that does not open is a fault. */
export function toldReason(reason: string): string {
  return reason.replace(/^flow_\d+ failed: /, '').replace(/^(?=open flowunit )/, 'Fault, ')
}

function runStatus(task: FlowJob['task']): Status {
  if (task?.state !== 'running') return 'PENDING'
  return task.progress >= 1 ? 'RUNNING' : 'CREATEING'
}
