import { totalsOf } from '../../../domain/framework-plan.ts'
/**
 * The document's own routes of attempts and versions.
 * @module
 */
import { listFrameworkAttempts } from '../../../domain/framework-record.ts'
import { type Framework, listVersions } from '../../../domain/framework.ts'
import type { Principal } from '../../../domain/principal.ts'
import type { AppDeps } from '../../deps.ts'
import type { Api } from '../../surface.ts'
import { PaiFault } from '../fault.ts'
import { factsOf, findJob, jobName, versionOf } from '../find.ts'
import { type JobFacts, jobStatus, taskRoles } from '../job-detail.ts'
import { type PaiContext, paiRoutes } from '../route.ts'

/** Routes of frameworks: both spellings of the document and of the server that was shipped. */
export function frameworkRoutes(api: Api, deps: AppDeps): void {
  const route = paiRoutes(api, deps)

  /** The job, or the failure that this route has for one that is not there. */
  const find = async (
    c: PaiContext,
    caller: Principal,
    fault: () => PaiFault,
  ): Promise<Framework> => {
    try {
      return await findJob(deps, caller, { name: jobName(c), version: versionOf(c) })
    } catch (error) {
      throw error instanceof PaiFault && error.status === 404 ? fault() : error
    }
  }

  route(
    'get',
    '/frameworks/:name/attempts/:attempt',
    { id: 'framework.attempt', summary: 'One attempt at a job', query: ['version'] },
    async (c, caller) => {
      const attempt = c.req.param('attempt') ?? ''
      const missing = (version: string) =>
        new PaiFault(
          404,
          'NoJobAttemptError',
          `[Version: ${version}][AttemptId: ${attempt}] attempt of job ${jobName(c)} is not found.`,
        )
      const asked = c.req.query('version') ?? 'latest'
      const framework = await find(c, caller, () => missing(asked))
      const facts = await factsOf(deps, c, { framework, attempt })
      if (!facts) throw missing(String(framework.version))
      return c.json({
        frameworkFullDetail: { jobStatus: jobStatus(facts), taskRoles: taskRoles(facts) },
        frameworkInfo: { jobStatus: infoOf(facts) },
      })
    },
  )

  route(
    'get',
    '/frameworks/:name/attempts',
    { id: 'framework.attempts', summary: 'Numbers of the attempts at a job', query: ['version'] },
    async (c, caller) => {
      // The document has the two sentences the wrong way round; its codes are kept, its sentences put right.
      const asked = c.req.query('version') ?? 'latest'
      const framework = await find(
        c,
        caller,
        () =>
          new PaiFault(
            404,
            'NoJobAttemptsError',
            `[Version: ${asked}] the attempt list of job ${jobName(c)} is not found.`,
          ),
      )
      const attempts = await listFrameworkAttempts(deps.db, framework.jobId)
      const numbers = attempts.map(({ number }) => number)
      return c.json({ FrameworkAttempts: numbers, attempts: numbers })
    },
  )

  route(
    'get',
    '/frameworks/:name/versions',
    { id: 'framework.versions', summary: 'Versions of a job' },
    async (c, caller) => {
      const framework = await find(
        c,
        caller,
        () =>
          new PaiFault(
            404,
            'NoJobVersionsError',
            `No list of versions found for framework ${jobName(c)}.`,
          ),
      )
      const versions = await listVersions(deps.db, framework)
      return c.json({ FrameworkVersions: versions, versions })
    },
  )
}

/** The summary with the figures of the resource manager; its keys are spelt as the document spells them. */
function infoOf(facts: JobFacts) {
  const { framework, members, base } = facts
  const status = jobStatus(facts)
  const running = members.filter(({ state }) => state === 'running')
  const pending = members.filter(({ state }) => state === 'waiting' || state === 'ready')
  const held = running.flatMap(({ tries }) => tries.at(-1)?.allocation ?? [])
  const memory = held.reduce((sum, { memoryMb }) => sum + memoryMb, 0)
  const cores = held.reduce((sum, one) => sum + one.cores, 0)
  const totals = totalsOf(framework.plan)
  const peak = running.reduce(
    (sum, { tries }) => sum + (tries.at(-1)?.ending?.peakMemoryMb ?? 0),
    0,
  )
  const preempted = members.flatMap(({ tries }) =>
    tries.filter(({ state }) => state === 'released'),
  )
  const link = `/jobs/${framework.jobId}`
  return {
    name: status.name,
    appId: status.appId,
    username: status.username,
    state: status.state,
    attemptState: status.attemptState,
    executionType: status.executionType,
    version: status.version,
    attemptId: status.attemptId,
    retries: status.retries,
    retryDetails: {
      user: status.retryDetails.user,
      platform: status.retryDetails.platform,
      resource: status.retryDetails.resource,
    },
    createdTime: status.createdTime,
    completedTime: status.completedTime,
    appExitCode: status.appExitCode,
    virtualCluster: status.virtualCluster,
    totalGpuNumber: framework.totalGpus,
    totalTaskNumber: framework.totalTasks,
    totalTaskRoleNumber: framework.totalRoles,
    jobType: status.jobType,
    jobDetailLink: link,
    runningDataCenter: '',
    appTrackingUrl: status.appTrackingUrl,
    appExitDiagnostics: status.appExitDiagnostics,
    appTag: framework.tags.join(','),
    allocatedMB: memory,
    allocatedVCores: cores,
    priority: framework.priority,
    applicationProgress: `${Math.floor(status.appProgress * 100)}%`,
    queuePercentageUseage: 0,
    reservcedMB: totals.memoryMb,
    utilizedMB: peak,
    reservcedVCores: totals.cores,
    utilizedVCores: cores,
    reservedContainers: totals.tasks,
    runningContianers: running.length,
    pendingContaines: pending.length,
    preemptedResourceMB: preempted.reduce((sum, one) => sum + (one.allocation?.memoryMb ?? 0), 0),
    preemptedResourceVCores: preempted.reduce((sum, one) => sum + (one.allocation?.cores ?? 0), 0),
    numNonAMContainerPreempted: preempted.length,
    numAMContainerPreempted: 0,
    latestAttemptId: framework.attempt + 1,
    jobFullDetailUrl: `${base}/api/v2/jobs/${framework.owner}~${framework.name}`,
    amContainerLogs: running.length > 0 ? (members[0]?.taskId ?? '') : '',
    webportalLink: `${base}${link}`,
    groupId: null,
    moduleName: null,
    resourceRequests: [],
    preemptedMemorySeconds: 0,
    preemptedVcoreSeconds: 0,
    utilizedVmemorySeconds: 0,
    utilizedPmemorySeconds: 0,
    utilizedVcoreSeconds: 0,
    containerAnalysis: {},
  }
}
