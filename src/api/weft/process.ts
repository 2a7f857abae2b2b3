/**
 * Jobs of programs: submitting them, and reading what they printed.
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi'

import type { Job } from '../../domain/job.ts'
import { getJob } from '../../domain/job.ts'
import { listLog } from '../../domain/log.ts'
import { submitProcesses } from '../../domain/process-job.ts'
import type { ProcessTaskSpec } from '../../domain/work.ts'
import { ownerIn } from '../access.ts'
import type { AppDeps } from '../deps.ts'
import { json, jsonBody } from '../json.ts'
import type { Api } from '../surface.ts'
import { type ProcessTask, WeftJobLog, WeftJobLogQuery, WeftNewJob } from './process-schema.ts'
import { WeftError, WeftJob, WeftJobId } from './schema.ts'

/** Submitting processes, and their output. */
export function processRoutes(
  api: Api,
  deps: AppDeps,
  show: (job: Job) => Promise<z.output<typeof WeftJob>>,
): void {
  const { db } = deps
  const missing = json(WeftError, 'There is no such job')

  const submit = createRoute({
    method: 'post',
    path: '/jobs',
    operationId: 'weft.job.submit',
    summary: 'Runs programs: every task a process of its own, through an engine of some runner',
    description:
      'The tasks know nothing of each other; the first that fails for good ends the job. Only runners whose operator ' +
      'allows it (`WEFT_PROCESSES`) run programs.',
    request: jsonBody(WeftNewJob),
    responses: {
      201: json(WeftJob, 'The job, waiting or running'),
      422: json(WeftError, 'A field is missing or wrong'),
      503: json(
        WeftError,
        'No live runner can run one of the tasks; the message says what is missing',
      ),
    },
  })
  api.openapi(submit, async (c) => {
    const body = c.req.valid('json')
    const { name, description, priority } = body
    const tasks = body.tasks.map((task) => ({
      name: task.name,
      party: task.party ?? null,
      spec: toSpec(task),
    }))
    const request = { tasks: body.tasks.map(withoutFiles) }
    const job = await submitProcesses(db, {
      name,
      description,
      priority,
      tasks,
      request,
      owner: ownerIn(c),
    })
    return c.json(await show(job), 201)
  })

  const log = createRoute({
    method: 'get',
    path: '/jobs/{id}/log',
    operationId: 'weft.job.log',
    summary: 'What its tasks logged, oldest first',
    request: { params: WeftJobId, query: WeftJobLogQuery },
    responses: {
      200: json(WeftJobLog, 'At most 1000 lines unless more are asked for'),
      404: missing,
    },
  })
  api.openapi(log, async (c) => {
    const { id } = await getJob(db, c.req.valid('param').id)
    return c.json({ lines: await listLog(db, { jobId: id, ...c.req.valid('query') }) }, 200)
  })
}

function toSpec(task: ProcessTask): ProcessTaskSpec {
  const { command, script, timeLimitSeconds } = task
  return {
    type: 'process',
    command: command === undefined ? { script: script ?? '' } : { argv: command },
    env: task.env,
    files: task.files,
    timeLimitMs: timeLimitSeconds === undefined ? null : timeLimitSeconds * 1000,
    sandbox: task.sandbox ?? null,
    network: task.network,
    engine: task.engine,
    needs: task.needs,
    retries: task.retries,
  }
}

/** What is shown of the request: the texts of files and the values of variables are the tasks' own. */
function withoutFiles({ env, files, ...task }: ProcessTask): Record<string, unknown> {
  return { ...task, env: Object.keys(env), files: Object.keys(files) }
}
