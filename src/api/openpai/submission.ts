/**
 * Submitting a job document, or trying whether it would be taken: the same rules for the API and for the console.
 * @module
 */
import { clustersOf } from '../../domain/account.ts'
import { openStorages } from '../../domain/framework-room.ts'
import { checkFramework, type NewFramework, submitFramework } from '../../domain/framework.ts'
import type { Principal } from '../../domain/principal.ts'
import { DEFAULT_CLUSTER } from '../../domain/virtual-cluster.ts'
import { FlowError } from '../../flow/error.ts'
import { withPaiVersion } from '../../flow/parse/pai-edit.ts'
import { type PaiJob, parsePaiJob } from '../../flow/parse/pai-job.ts'
import type { AppDeps } from '../deps.ts'
import { asFault, forbiddenUser, PaiFault } from './fault.ts'
import { chooseEngine, refuseStorages } from './host-job.ts'
import { readPrerequisites } from './prerequisite.ts'
import { toFramework } from './submit.ts'

const FAULTS = {
  not_found: [404, 'NoVirtualClusterError'],
  forbidden: [403, 'NoEnoughQuotaError'],
  invalid: [400, 'InvalidProtocolError'],
} as const

/** Enters the job that a document means, for the caller. Throws a PaiFault. */
export async function submitDocument(
  deps: AppDeps,
  caller: Principal,
  text: string,
): Promise<NewFramework> {
  const job = await readJob(deps, caller, text)
  await asFault(FAULTS, () => submitFramework(deps.db, job))
  return job
}

/** Enters a document that was submitted before as that version of its job. Throws a PaiFault. */
export function resubmitDocument(
  deps: AppDeps,
  caller: Principal,
  { text, version }: { text: string; version: number },
): Promise<NewFramework> {
  return submitDocument(deps, caller, withPaiVersion(text, version))
}

/** The job that a document means, where it would be taken now. Throws what `submitDocument` would. */
export async function checkDocument(
  deps: AppDeps,
  caller: Principal,
  text: string,
): Promise<NewFramework> {
  const job = await readJob(deps, caller, text)
  await asFault(FAULTS, () => checkFramework(deps.db, job))
  return job
}

async function readJob(deps: AppDeps, caller: Principal, text: string): Promise<NewFramework> {
  const { db } = deps
  const parsed = readDocument(text)
  const cluster = parsed.virtualCluster ?? DEFAULT_CLUSTER
  if (caller.account && !(await clustersOf(db, caller.account)).includes(cluster))
    throw forbiddenUser(`User ${caller.name} is not allowed to do operation in ${cluster}`)
  await refuseStorages(db, caller, parsed)
  const engine = await chooseEngine(db, parsed)
  const storages = await openStorages(db)
  const prerequisites = await readPrerequisites(db, caller, { job: parsed, storages })
  return toFramework(parsed, { owner: caller.name, text, engine, storages, prerequisites })
}

function readDocument(text: string): PaiJob {
  try {
    return parsePaiJob(text)
  } catch (error) {
    if (!(error instanceof FlowError)) throw error
    throw new PaiFault(400, 'InvalidProtocolError', error.message)
  }
}
