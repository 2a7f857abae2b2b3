/**
 * Takes a job: checks it in the original's order, enters it, and waits until it runs.
 * @module
 */
import { DomainError } from '../../domain/error.ts'
import { type FlowJob, getFlow, submitFlow } from '../../domain/flow-job.ts'
import { pause } from '../../domain/pause.ts'
import { problemText } from '../../flow/stream/problem.ts'
import type { AppDeps } from '../deps.ts'
import { checkFlow, unitsOf } from '../flow-check.ts'
import { failureBody } from './envelope.ts'
import { toldReason } from './mapping.ts'

/** The surface under which flows are kept. */
export const SURFACE = 'modelbox'
const ID = /^[0-9a-zA-Z\-+~_][0-9a-zA-Z\-+~_.]+$/
const LONGEST_ID = 64
/** How long a flow is waited for, and how often it is looked at. */
const WAIT_MS = 10_000
const LOOK_MS = 25

export type Refusal = ReturnType<typeof failureBody>

/** Enters the job of a request's body, whatever its content type; undefined when it was taken. */
export async function submitModelboxJob(deps: AppDeps, text: string): Promise<Refusal | undefined> {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (error) {
    return failureBody('MODELBOX_006', error instanceof Error ? error.message : String(error))
  }
  const fields = isObject(body) ? body : {}
  const { job_id: id, job_graph: graph, job_graph_format: given = 'json' } = fields
  if (id === undefined) return failureBody('MODELBOX_003')
  if (typeof id !== 'string')
    return failureBody('MODELBOX_001', `job_id is to be a text, not ${typeof id}`)
  if (graph === undefined) return failureBody('MODELBOX_004')
  if (!ID.test(id) || id.length > LONGEST_ID) return failureBody('MODELBOX_007')
  if (given !== 'json' && given !== 'toml')
    return failureBody('MODELBOX_006', `Unsupport graph format: ${shown(given)}`)
  if (given === 'toml' && typeof graph !== 'string')
    return failureBody('MODELBOX_001', 'job_graph is to be a text where job_graph_format is toml')
  return enter(deps, { id, graph, format: given })
}

async function enter(
  deps: AppDeps,
  flow: { id: string; graph: unknown; format: 'json' | 'toml' },
): Promise<Refusal | undefined> {
  const { id, graph, format } = flow
  const checked = await checkFlow(deps.db, graph, format)
  const fault = checked.problems.length > 0 ? problemText(checked.problems) : undefined
  try {
    await submitFlow(deps.db, {
      owner: deps.owner,
      name: id,
      surface: SURFACE,
      description: checked.document?.description ?? '',
      spec: { type: 'flow', source: graph, format },
      units: unitsOf(checked.graph),
      ...(fault === undefined ? {} : { fault }),
    })
  } catch (error) {
    if (error instanceof DomainError && error.kind === 'conflict')
      return failureBody('MODELBOX_005')
    throw error
  }
  if (fault !== undefined) return failureBody('MODELBOX_008', fault)
  const { job } = await untilUp(deps, id)
  return job.state === 'failed'
    ? failureBody('MODELBOX_008', toldReason(job.reason ?? 'the flow failed'))
    : undefined
}

/** Waits until a flow runs or has failed: a port in use is then told to whoever submits it. */
export async function untilUp({ db, settings }: AppDeps, name: string): Promise<FlowJob> {
  const end = performance.now() + (settings.flowWaitMs ?? WAIT_MS)
  for (;;) {
    const flow = await getFlow(db, { surface: SURFACE, name })
    const { job, task } = flow
    const waits = job.state === 'waiting' || (job.state === 'running' && (task?.progress ?? 0) < 1)
    if (!waits || performance.now() >= end || isHopeless(task)) return flow
    await pause(LOOK_MS)
  }
}

/** No runner is there that could take it now. */
function isHopeless(task: FlowJob['task']): boolean {
  return task?.state !== 'running' && /^(No live runner|Only runner)/.test(task?.reason ?? '')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
