import { exitSpec } from '../../domain/exit-spec.ts'
/**
 * Jobs as the document has them, with the fields of the public API beside those of the internal one.
 * @module
 */
import { type Exit, exitOf } from '../../domain/exit.ts'
import { totalsOf } from '../../domain/framework-plan.ts'
import type { FrameworkAttempt, FrameworkMember, MemberTry } from '../../domain/framework-record.ts'
import type { Framework } from '../../domain/framework.ts'
import { deal, paiPorts } from '../../flow/parse/pai-environment.ts'
import { exitState, exitType, memberExit, memberRetries, subState, taskState } from './states.ts'

/** What is known of a job, for one of its attempts. */
export interface JobFacts {
  readonly framework: Framework
  readonly attempt: FrameworkAttempt
  readonly members: readonly FrameworkMember[]
  /** Identifies the name for controllers: a hash of it. */
  readonly debugId: string
  /** Where this server is reached. */
  readonly base: string
  readonly now: number
}

/** The whole answer of `GET /jobs/:name` and of its attempts. */
export function jobDetail(facts: JobFacts) {
  const { framework } = facts
  return {
    debugId: facts.debugId,
    name: framework.name,
    tags: framework.tags,
    jobPriority: framework.priority,
    jobStatus: jobStatus(facts),
    taskRoles: taskRoles(facts),
  }
}

/** Its `jobStatus`. */
export function jobStatus(facts: JobFacts) {
  const { framework, attempt, members } = facts
  const over = framework.state !== 'active'
  const latest = attempt.number === framework.attempt
  const running = members.some(({ state }) => state === 'running')
  const waits = latest && framework.dueAt !== null && framework.dueAt > facts.now
  const launched = attempt.launchedAt ?? firstStart(members)
  const { user, platform, resource, unknown } = framework.retries
  const done = members.filter(
    ({ state }) => state !== 'waiting' && state !== 'ready' && state !== 'running',
  )
  const progress = members.length === 0 ? 0 : done.length / members.length
  const totals = totalsOf(framework.plan)
  return {
    name: framework.name,
    username: framework.owner,
    state: over ? framework.state : latest && running ? 'RUNNING' : 'WAITING',
    attemptState: exitState(attempt.exitCode, running),
    virtualCluster: framework.virtualCluster,
    subState: subState({ over, waits, running }),
    executionType: framework.execution,
    version: framework.version,
    attemptId: attempt.number,
    retries: framework.attempt,
    retryDetails: { user, platform, resource, unknown },
    retryDelayTime: attempt.delayMs === 0 ? null : Math.round(attempt.delayMs / 1000),
    submissionTime: framework.submittedAt,
    createdTime: framework.submittedAt,
    launchedTime: framework.launchedAt ?? launched,
    completedTime: framework.completedAt,
    appCreatedTime: attempt.createdAt,
    appLaunchedTime: launched,
    appCompletedTime: attempt.completedAt,
    appId: `${framework.jobId}_${attempt.number}`,
    appProgress: attempt.completedAt === null ? progress : 1,
    appTrackingUrl: `${facts.base}/jobs/${framework.jobId}`,
    appliedCpuNumber: totals.cores,
    appliedMemoryMB: totals.memoryMb,
    ...exitFields(facts),
    // The launcher's summary, which the shipped server put beneath the detail.
    moduleName: null,
    totalGpuNumber: framework.totalGpus,
    totalTaskNumber: framework.totalTasks,
    totalTaskRoleNumber: framework.totalRoles,
    jobType: 'LAUNCHER',
    priority: framework.priority,
  }
}

/** What the attempt ended with, and who decided it. */
function exitFields({ framework, attempt, members }: JobFacts) {
  const code = attempt.exitCode
  const trigger = members.find(
    ({ role, index }) => role === attempt.trigger?.role && index === attempt.trigger.index,
  )
  const last = trigger?.tries.at(-1)
  const exit = last && exitOf(last)
  const runtime = runtimeOf(exit, last)
  return {
    appExitCode: code,
    appExitSpec: code === null ? null : exitSpec(code),
    appExitType: code === null ? null : exitSpec(code).type,
    appExitDiagnostics: attempt.diagnostics,
    appExitMessages: {
      container: last?.ending ? (last.reason ?? null) : null,
      runtime,
      launcher: runtime === null ? attempt.diagnostics : null,
    },
    appExitTriggerMessage: attempt.triggerMessage,
    appExitTriggerTaskRoleName: attempt.trigger?.role ?? null,
    appExitTriggerTaskIndex: attempt.trigger?.index ?? null,
    exitCode: code,
    isLatest: attempt.number === framework.attempt,
  }
}

function runtimeOf(exit: Exit | undefined, last: MemberTry | undefined) {
  if (!exit || exit.own === null || exit.code === 0 || !last?.ending) return null
  return {
    exitCode: exit.code,
    originalUserExitCode: exit.own,
    originUserExitCode: exit.own,
    errorLogs: { user: exit.message, platform: '' },
    name: exitSpec(exit.code).phrase,
  }
}

/** Its `taskRoles`, by name. */
export function taskRoles(facts: JobFacts) {
  const byRole = Map.groupBy(facts.members, ({ role }) => role)
  return Object.fromEntries(
    facts.framework.plan.roles.map(({ name }) => [
      name,
      {
        taskRoleStatus: { name },
        taskStatuses: (byRole.get(name) ?? []).map((member) => taskStatus(facts, member)),
      },
    ]),
  )
}

/** One instance as it is now, or was at the end of its attempt. */
export function taskStatus(facts: JobFacts, member: FrameworkMember) {
  const { framework, attempt } = facts
  const last = member.tries.at(-1)
  const exit = memberExit(member, attempt.exitCode === -210)
  const code = exit?.code ?? null
  const counts = memberRetries(member.tries)
  const state = taskState(member.state)
  return {
    taskIndex: member.index,
    taskUid: member.taskId,
    taskState: state,
    attemptId: Math.max(0, member.tries.length - 1),
    attemptState: state,
    retries: Math.max(0, member.tries.length - 1),
    accountableRetries: counts.user,
    retryDetails: {
      user: counts.user,
      platform: counts.platform + counts.resource,
      unknown: counts.unknown,
    },
    createdTime: member.createdAt,
    launchedTime: member.tries[0]?.startedAt ?? null,
    completedTime: member.endedAt,
    currentAttemptCreatedTime: last?.startedAt ?? member.createdAt,
    currentAttemptLaunchedTime: last?.startedAt ?? null,
    currentAttemptCompletedTime: last?.endedAt ?? null,
    ...container(facts, {
      member,
      last,
      role: framework.plan.roles.find((r) => r.name === member.role),
    }),
    containerExitCode: code,
    containerExitSpec: code === null ? null : exitSpec(code),
    containerExitDiagnostics: exit ? (last?.reason ?? member.reason) : member.reason,
    containerExitType: exitType(code),
  }
}

/** Every try at an instance, newest first. */
export function taskHistory(facts: JobFacts, member: FrameworkMember) {
  const role = facts.framework.plan.roles.find((one) => one.name === member.role)
  return member.tries.toReversed().map((one, back) => {
    const exit = exitOf(one, facts.attempt.exitCode === -210)
    const code = exit?.code ?? null
    return {
      attemptId: member.tries.length - 1 - back,
      attemptState: exitState(code, one.state === 'running'),
      currentAttemptCreatedTime: one.startedAt,
      currentAttemptLaunchedTime: one.startedAt,
      currentAttemptCompletedTime: one.endedAt,
      ...container(facts, { member, last: one, role }),
      containerExitCode: code,
      containerExitSpec: code === null ? null : exitSpec(code),
      containerExitDiagnostics: one.reason,
      containerExitType: exitType(code),
    }
  })
}

function container(
  facts: JobFacts,
  of: {
    member: FrameworkMember
    last: MemberTry | undefined
    role: { ports: Readonly<Record<string, number>> } | undefined
  },
) {
  const { member, last, role } = of
  const { framework, attempt, base } = facts
  const dealt = deal(last?.allocation?.ports ?? [], paiPorts(role?.ports ?? {}))
  const path = `/api/v2/jobs/${framework.owner}~${framework.name}/attempts/${attempt.number}/taskRoles/${member.role}/taskIndex/${member.index}`
  return {
    containerId: last?.id ?? null,
    containerIp: last?.address ?? null,
    containerHostName: last?.address === null ? null : (last?.host ?? null),
    containerNodeName: last?.address === null ? null : (last?.host ?? null),
    containerPorts: last
      ? Object.fromEntries(Object.entries(dealt).map(([label, ports]) => [label, ports.join(',')]))
      : null,
    containerGpus: gpuMask(last?.allocation?.gpus),
    containerLog: last
      ? `${base}${path}/attempts/${last.number - 1}/logs/all?version=${framework.version}`
      : null,
    containerLaunchedTimestamp: last?.startedAt ?? null,
    containerCompletedTimestamp: last?.endedAt ?? null,
  }
}

/** Devices as bits of a number; null where there are none, or they have other names. */
function gpuMask(gpus: readonly string[] | undefined): number | null {
  if (!gpus || gpus.length === 0 || !gpus.every((id) => /^([0-9]|[12]\d|30)$/.test(id))) return null
  return gpus.reduce((mask, id) => mask | (1 << Number(id)), 0)
}

function firstStart(members: readonly FrameworkMember[]): number | null {
  const starts = members.flatMap(({ tries }) => (tries[0] ? [tries[0].startedAt] : []))
  return starts.length === 0 ? null : starts.reduce((a, b) => Math.min(a, b))
}
