/**
 * The result of a filter in FATE's wire names.
 * @module
 */
import type { TaskContext } from '../define.ts'
import { anonymousName } from './binning-model.ts'

/** What a filter left of a host's columns, by their places there, as the guest knows it. */
export interface HostOutcome {
  readonly position: number
  readonly before: readonly number[]
  readonly left: readonly number[]
  readonly values: ReadonlyMap<number, number>
}

/** What the guest shows of hosts. */
export function hostParts(
  { members }: Pick<TaskContext, 'members'>,
  hosts: readonly HostOutcome[],
): Record<'hostFeatureValues' | 'hostLeftCols', Record<string, unknown>> {
  const keyed = hosts.map(({ position, before, left, values }) => {
    const party = members.host?.[position] ?? ''
    const nameOf = (index: number): string => anonymousName(party, index)
    const featureValues = Object.fromEntries(
      before.flatMap((index): [string, number][] => {
        const value = values.get(index)
        return value === undefined ? [] : [[nameOf(index), value]]
      }),
    )
    const cols = leftCols(before.map(nameOf), new Set(left.map(nameOf)))
    return { key: hosts.length === 1 ? 'host' : `host.${position}`, featureValues, cols }
  })
  return {
    hostFeatureValues: Object.fromEntries(
      keyed.map(({ key, featureValues }) => [key, { featureValues }]),
    ),
    hostLeftCols: Object.fromEntries(keyed.map(({ key, cols }) => [key, cols])),
  }
}

/** Which of some columns are left. */
export function leftCols(
  original: readonly string[],
  left: ReadonlySet<string>,
): { originalCols: string[]; leftCols: Record<string, boolean> } {
  return {
    originalCols: [...original],
    leftCols: Object.fromEntries(original.map((name) => [name, left.has(name)])),
  }
}
