/**
 * What two or more jobs have in common and where they differ: scores, parameters, times, curves.
 * @module
 */
import type { Task } from '../../src/domain/task.ts'
import { t } from '../text/say.tsx'
import type { ChartProps } from '../ui/chart.tsx'
import { showValue } from '../ui/table.tsx'
import type { JobSnapshot } from './detail.tsx'
import { resultsOf, scoreName } from './metric-charts.ts'
import { jobTitle, partyOf } from './task-words.ts'

/** One line of a table with a cell a job; null where a job has no such thing. */
export interface ComparedRow {
  readonly name: string
  readonly of: string
  readonly cells: readonly (string | number | null)[]
}

/** Single scores, one row a score of a data set. */
export function compareScores(jobs: readonly JobSnapshot[]): ComparedRow[] {
  const cells = jobs.map(
    ({ metrics, tasks }) =>
      new Map(
        resultsOf(metrics, tasks).scores.flatMap(({ model, dataset, scores }) =>
          [...scores].map(([name, value]) => [`${model}\n${dataset}\n${name}`, value] as const),
        ),
      ),
  )
  return rowsOf(cells, (key) => {
    const [model, dataset, name] = key.split('\n')
    return { name: scoreName(name), of: `${model}, ${dataset}` }
  })
}

/** Parameters that are not the same in all the jobs. */
export function compareParameters(jobs: readonly JobSnapshot[]): ComparedRow[] {
  const cells = jobs.map(({ tasks }) => {
    const found = new Map<string, string>()
    for (const [name, group] of Map.groupBy(tasks, (task) => task.name)) {
      const sets = group.map((task) => new Map(flatten(paramsOf(task))))
      for (const path of new Set(sets.flatMap((set) => [...set.keys()]))) {
        const values = sets.map((set) => set.get(path) ?? '–')
        const isShared = values.every((value) => value === values[0])
        found.set(
          `${name}\n${path}`,
          isShared
            ? values[0]
            : group.map((task, at) => `${partyOf(task)}: ${values[at]}`).join(', '),
        )
      }
    }
    return found
  })
  return rowsOf(cells, splitKey).filter(({ cells: row }) => row.some((cell) => cell !== row[0]))
}

/** How long every component took, from the first party's start to the last one's end, in milliseconds. */
export function compareTimes(jobs: readonly JobSnapshot[]): ComparedRow[] {
  const cells = jobs.map(({ tasks }) => {
    const found = new Map<string, number>()
    for (const [name, group] of Map.groupBy(tasks, (task) => task.name)) {
      const starts = group.flatMap(({ startedAt }) => startedAt ?? [])
      const ends = group.flatMap(({ endedAt }) => endedAt ?? [])
      if (starts.length === 0 || ends.length < group.length) continue
      found.set(`${name}\n`, Math.max(...ends) - Math.min(...starts))
    }
    return found
  })
  return rowsOf(cells, splitKey)
}

/** The charts that more than one of the jobs has, with the lines of all of them. */
export function compareCharts(jobs: readonly JobSnapshot[]): ChartProps[] {
  const found = new Map<string, { chart: ChartProps; series: ChartProps['series'][number][] }>()
  jobs.forEach((job, at) => {
    const { loss, charts } = resultsOf(job.metrics, job.tasks)
    for (const chart of [...loss, ...charts]) {
      const known = found.get(chart.id)
      const series = chart.series.map((one) => ({
        ...one,
        name: chart.series.length === 1 ? labelOf(job, at) : `${labelOf(job, at)}, ${one.name}`,
      }))
      if (known) known.series.push(...series)
      else found.set(chart.id, { chart, series })
    }
  })
  return [...found.values()].map(({ chart, series }) => {
    const { gap: _, ...rest } = chart
    const names = series.map(({ name }) => name).join('; ')
    return {
      ...rest,
      series,
      description: t('{title}, the lines of: {names}.', { title: chart.title, names }),
    }
  })
}

/** What a job is called among those it is compared with. */
export function labelOf({ job }: JobSnapshot, at: number): string {
  return `${at + 1} ${jobTitle(job)}`
}

function rowsOf<V extends string | number>(
  cells: readonly ReadonlyMap<string, V>[],
  words: (key: string) => { name: string; of: string },
): ComparedRow[] {
  const keys = new Set(cells.flatMap((map) => [...map.keys()]))
  return [...keys].map((key) => ({
    ...words(key),
    cells: cells.map((map) => map.get(key) ?? null),
  }))
}

function splitKey(key: string): { name: string; of: string } {
  const [of, ...name] = key.split('\n')
  return { of, name: name.join('\n') }
}

function paramsOf({ spec }: Task): Record<string, unknown> {
  return spec.type === 'component' ? spec.params : {}
}

function flatten(value: Record<string, unknown>, prefix = ''): (readonly [string, string])[] {
  return Object.entries(value).flatMap(([key, item]) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? flatten(item as Record<string, unknown>, `${prefix}${key}.`)
      : [[`${prefix}${key}`, showValue(item)] as const],
  )
}
