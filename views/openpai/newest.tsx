/**
 * The newest lines of those instances that print more than the log of their job takes.
 * @module
 */
import type { LogTail } from '../../src/domain/log-tail.ts'
import { NewestSection } from '../job/newest-lines.tsx'
import { taskPath } from '../job/task-words.ts'
import { t } from '../text/say.tsx'
import { countOf } from '../ui/format.ts'

/** Instances whose lines are shown; the others have them on their own pages. */
const MOST_SHOWN = 4

/** An instance that prints so much. */
export interface TalkingTask {
  readonly jobId: string
  readonly taskId: string
  readonly name: string
  readonly tail: LogTail
}

/** A section for each, or nothing where the log has everything. */
export function NewestOfTasks({ talking }: { talking: readonly TalkingTask[] }) {
  const more = talking.length - MOST_SHOWN
  return (
    <div id="log-tail">
      {talking.slice(0, MOST_SHOWN).map(({ jobId, taskId, name, tail }, index) => (
        <NewestSection
          id={`newest-${index}`}
          title={t('Newest lines of {name}', { name })}
          tail={tail}
          aside={<a href={`${taskPath(jobId, taskId)}#log`}>{t('Whole log')}</a>}
        />
      ))}
      {more > 0 ? (
        <p class="muted">
          {t('{others} more print as much: see their own pages.', {
            others: countOf(more, 'instance'),
          })}
        </p>
      ) : null}
    </div>
  )
}
