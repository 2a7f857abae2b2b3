/**
 * The small parts that pages of works share.
 * @module
 */
import { t } from '../text/say.tsx'
import { StateBadge, Tag } from '../ui/badge.tsx'
import { Ago } from '../ui/time.tsx'
import { type ShownTask, type ShownWork, taskState, workState } from './shown.ts'

/** The state of a work, also of one that has never run. */
export function WorkBadge({ work }: { work: ShownWork }) {
  const state = workState(work.status)
  return state === undefined ? <Tag>{t('Not running')}</Tag> : <StateBadge state={state} />
}

/** The state of a task. */
export function WorkTaskBadge({ task }: { task: ShownTask }) {
  return <StateBadge state={taskState(task.status)} />
}

/** When a work runs by itself. */
export function frequencyOf(work: ShownWork): string {
  if (work.cron !== null) return `${work.cron} (${work.timezone ?? 'UTC'})`
  const words = { once: t('Once'), hourly: t('Hourly'), daily: t('Daily'), weekly: t('Weekly') }
  return words[work.run_frequency as keyof typeof words] ?? t('On demand')
}

/** When a work runs next. */
export function NextRun({ work, now }: { work: ShownWork; now: number }) {
  if (work.next_run_at !== null) return <Ago at={Date.parse(work.next_run_at)} now={now} />
  return <span class="muted">{work.paused ? t('Schedule not running') : '–'}</span>
}

/** A moment of the API, or a dash. */
export function When({ at, now }: { at: string | null; now: number }) {
  return at === null ? <span class="muted">–</span> : <Ago at={Date.parse(at)} now={now} />
}
