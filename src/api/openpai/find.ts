/**
 * Finds what the paths of this surface name.
 * @module
 */
import {
  type FrameworkAttempt,
  type FrameworkMember,
  listFrameworkAttempts,
  listMembers,
} from '../../domain/framework-record.ts'
import { findFramework, type Framework } from '../../domain/framework.ts'
import type { Principal } from '../../domain/principal.ts'
import { baseUrl } from '../base-url.ts'
import type { AppDeps } from '../deps.ts'
import { noJob } from './fault.ts'
import type { JobFacts } from './job-detail.ts'
import { type PaiContext, wholeNumber } from './route.ts'

/** A job by its path: `owner~name`, or a name alone, which means the caller's first. */
export async function findJob(
  deps: AppDeps,
  caller: Principal,
  wanted: { name: string; version?: number },
): Promise<Framework> {
  const [first, second] = splitName(wanted.name)
  const framework = await findFramework(deps.db, {
    owner: second === undefined ? null : first,
    name: second ?? first,
    prefer: caller.name,
    ...(wanted.version === undefined ? {} : { version: wanted.version }),
  })
  if (!framework) throw noJob(wanted.name)
  return framework
}

/** The job that the path of a request names: `:name`, below a user where the path has one. */
export function jobName(c: PaiContext): string {
  const user = c.req.param('user')
  const name = c.req.param('name') ?? ''
  return user === undefined ? name : `${user}~${name}`
}

/** The version that a request asks for; undefined for the newest. Throws a PaiFault for what is none. */
export function versionOf(c: PaiContext): number | undefined {
  const text = c.req.query('version') ?? ''
  return text === '' || text === 'latest' ? undefined : wholeNumber(text, 'version')
}

/** What is known of one attempt at a job, of the last where none is named; undefined when there is no such. */
export async function factsOf(
  deps: AppDeps,
  c: PaiContext,
  of: { framework: Framework; attempt?: string; role?: string; index?: number },
): Promise<JobFacts | undefined> {
  const { framework } = of
  const attempts = await listFrameworkAttempts(deps.db, framework.jobId)
  const attempt = attemptOf(attempts, of.attempt)
  if (!attempt) return undefined
  const members: FrameworkMember[] = await listMembers(deps.db, {
    jobId: framework.jobId,
    attempt: attempt.number,
    ...(of.role === undefined ? {} : { role: of.role }),
    ...(of.index === undefined ? {} : { index: of.index }),
  })
  return {
    framework,
    attempt,
    members,
    debugId: framework.jobId,
    base: baseUrl(deps.settings, c.req.url),
    now: deps.now(),
  }
}

function attemptOf(
  attempts: readonly FrameworkAttempt[],
  wanted: string | undefined,
): FrameworkAttempt | undefined {
  if (wanted === undefined || wanted === 'latest') return attempts.at(-1)
  return attempts.find(({ number }) => String(number) === wanted)
}

function splitName(name: string): [string, string | undefined] {
  const tilde = name.indexOf('~')
  return tilde === -1 ? [name, undefined] : [name.slice(0, tilde), name.slice(tilde + 1)]
}
