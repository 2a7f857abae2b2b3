/**
 * What a job of task roles is to do, and how far an attempt at it has come. Pure.
 * @module
 */
import type { ProcessTaskSpec } from './work.ts'

/** The kind of such jobs. */
export const FRAMEWORK = 'framework'

/** Instances of one program. */
export interface PlannedRole {
  readonly name: string
  readonly instances: number
  /** So many failed ones fail the attempt; null for never. */
  readonly minFailed: number | null
  /** So many succeeded ones make it a success; null for never. */
  readonly minSucceeded: number | null
  /** How often an instance is tried again by itself. */
  readonly retries: number
  /** How many ports by label. */
  readonly ports: Readonly<Record<string, number>>
  readonly spec: ProcessTaskSpec
}

export interface FrameworkPlan {
  /** Whether no instance begins before all have their place. */
  readonly gang: boolean
  readonly retries: number
  /** How long it may run, retries included, where it says so itself. */
  readonly runMs?: number
  readonly roles: readonly PlannedRole[]
}

/** An instance, as far as it has come. */
export interface Member {
  readonly role: string
  readonly index: number
  readonly state: string
  readonly endedAt: number | null
}

/** What has decided an attempt. */
export interface Completion {
  readonly succeeded: boolean
  /** The instance that decided it; null where all were done and nothing else had decided. */
  readonly trigger: Member | null
  readonly message: string
}

/** How the attempt is over, or undefined while it goes on. */
export function completionOf(
  roles: readonly PlannedRole[],
  members: readonly Member[],
): Completion | undefined {
  const byRole = Map.groupBy(members, (member) => member.role)
  const reached = (state: string, least: (role: PlannedRole) => number | null) => {
    for (const role of roles) {
      const own = (byRole.get(role.name) ?? []).filter((member) => member.state === state)
      const needed = least(role)
      if (needed !== null && own.length >= needed) return { role, own, needed }
    }
    return undefined
  }
  const failed = reached('failed', (role) => role.minFailed)
  if (failed)
    return {
      succeeded: false,
      trigger: last(failed.own),
      message: `${failed.own.length} instances of role "${failed.role.name}" failed, and ${failed.needed} are enough to fail the job`,
    }
  const succeeded = reached('succeeded', (role) => role.minSucceeded)
  if (succeeded)
    return {
      succeeded: true,
      trigger: last(succeeded.own),
      message: `${succeeded.own.length} instances of role "${succeeded.role.name}" succeeded, and ${succeeded.needed} are enough`,
    }
  if (members.every(({ state }) => state === 'succeeded' || state === 'failed'))
    return { succeeded: true, trigger: null, message: 'All instances are done' }
  return undefined
}

function last(members: readonly Member[]): Member | null {
  return members.toSorted((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0)).at(-1) ?? null
}

/** The group of the tasks of an attempt: all of them begin together where the plan says so. */
export function groupName(attempt: number, seat?: { role: string; index: number }): string {
  return `${groupStart(attempt)}${seat ? `${seat.role}:${seat.index}` : 'all'}`
}

/** What the names of the attempt's tasks begin with. */
export function groupStart(attempt: number): string {
  return `attempt-${attempt}:`
}

/** The first name behind those of the attempt's tasks. */
export function groupEnd(attempt: number): string {
  return `attempt-${attempt};`
}

/** What all instances ask for together. */
export function totalsOf({ roles }: FrameworkPlan): {
  cores: number
  memoryMb: number
  gpus: number
  tasks: number
} {
  const sum = (of: (role: PlannedRole) => number) =>
    roles.reduce((total, role) => total + role.instances * of(role), 0)
  return {
    cores: sum(({ spec }) => spec.needs.cores ?? 0),
    memoryMb: sum(({ spec }) => spec.needs.memoryMb ?? 0),
    gpus: sum(({ spec }) => spec.needs.gpus ?? 0),
    tasks: sum(() => 1),
  }
}
