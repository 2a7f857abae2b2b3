/**
 * When the tasks of a job ran, as a strip.
 * @module
 */
import type { Attempt, Task } from '../../src/domain/task.ts'
import { Gantt, type GanttRow } from '../chart/gantt.tsx'
import { t } from '../text/say.tsx'
import type { State } from '../ui/badge.tsx'
import { attemptWord } from './attempt-words.tsx'
import { partyOf, taskPath } from './task-words.ts'

/** The strip of some tasks; attempts that run reach to now. */
export function Durations(props: {
  tasks: readonly Task[]
  attempts: readonly Attempt[]
  now: number
}) {
  const byTask = Map.groupBy(props.attempts, (attempt) => attempt.taskId)
  const rows = props.tasks.map((task): GanttRow => ({
    name: task.party === null ? task.name : `${task.name} · ${partyOf(task)}`,
    href: taskPath(task.jobId, task.id),
    bars: (byTask.get(task.id) ?? []).map(({ state, startedAt, endedAt }) => ({
      state: COLOUR[state] ?? 'waiting',
      from: startedAt,
      to: Math.max(startedAt, endedAt ?? props.now),
      words: attemptWord(state),
    })),
  }))
  return <Gantt id="durations" title={t('Durations')} rows={rows} />
}

const COLOUR: Readonly<Record<string, State>> = {
  running: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  lost: 'failed',
  canceled: 'canceled',
  released: 'suspended',
}
