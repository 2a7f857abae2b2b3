/**
 * The list of works: search, state, last and next run, many at once.
 * @module
 */
import { poll } from '../hx.ts'
import { t, told } from '../text/say.tsx'
import { Empty } from '../ui/empty.tsx'
import { countOf } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { PageHead } from '../ui/page.tsx'
import { ListTable } from '../ui/table.tsx'
import { type ShownTask, type ShownWork, taskState, workPath, workTaskPath } from './shown.ts'
import { frequencyOf, NextRun, When, WorkBadge, WorkTaskBadge } from './words.tsx'

export interface WorkListProps {
  readonly works: readonly { readonly work: ShownWork; readonly last: ShownTask | null }[]
  readonly filter: { readonly q: string; readonly status: string; readonly page: number }
  readonly total: number
  readonly pageSize: number
  readonly now: number
  /** What was refused of the last thing done with many, a line each. */
  readonly refused: string
}

/** Statuses that can be chosen, by number. */
const STATUSES = [
  ['1', 'Not running'],
  ['2', 'Running'],
  ['4', 'Failed'],
  ['6', 'Stopped'],
  ['7', 'Succeeded'],
] as const

/** The page. */
export function WorkListPage(props: WorkListProps) {
  const { works, filter, total, pageSize, now, refused } = props
  const { q, status, page } = filter
  const address = (to: number) => `/works?${new URLSearchParams({ q, status, page: String(to) })}`
  return (
    <>
      <PageHead
        title={t('Works')}
        lead={t(
          'SQL and JARs that run on demand or by schedule, on Flink or on the engine that is built in.',
        )}
        actions={
          <a class="button primary" href="/works/new">
            <Icon name="plus" />
            {t('New work')}
          </a>
        }
      />
      {refused === '' ? null : (
        <div class="form-error" role="alert">
          <Icon name="warning" />
          <span>{refused}</span>
        </div>
      )}
      <form class="filter bar" method="get" action="/works" aria-label={t('Filter')}>
        <div class="field">
          <label htmlFor="q">{t('Name or description')}</label>
          <input id="q" name="q" type="search" value={q} maxlength={255} />
        </div>
        <div class="field">
          <label htmlFor="status">{t('State')}</label>
          <select id="status" name="status">
            <option value="">{t('Any')}</option>
            {STATUSES.map(([value, words]) => (
              <option value={value} selected={value === status}>
                {t(words)}
              </option>
            ))}
          </select>
        </div>
        <button type="submit" class="button plain">
          {t('Filter')}
        </button>
      </form>
      <section class="card" id="works" aria-label={t('Works')}>
        {works.length === 0 ? (
          <Empty title={q === '' && status === '' ? t('No works yet.') : t('No work matches.')}>
            <a href="/works/new">{t('Make one from a template')}</a>
          </Empty>
        ) : (
          <form method="post" action="/works/start" id="several">
            <div class="actions several">
              <span class="muted">{countOf(total, 'work')}</span>
              <button type="submit" class="button plain small" formaction="/works/start">
                {t('Start the chosen ones')}
              </button>
              <button type="submit" class="button small danger" formaction="/works/stop">
                {t('Stop the chosen ones')}
              </button>
            </div>
            <ListTable
              caption={t('Works, newest first')}
              items={works}
              rowId={({ work }) => `work-${work.work_id}`}
              columns={[
                {
                  head: t('Work'),
                  cell: ({ work }) => (
                    <span class="choice">
                      <input
                        type="checkbox"
                        name="work"
                        value={work.work_id}
                        aria-label={t('Choose {name}', { name: work.name })}
                      />
                      <a href={workPath(work.work_id)}>{work.name}</a>
                      <span class="muted">{work.type}</span>
                    </span>
                  ),
                },
                { head: t('State'), cell: ({ work }) => <WorkBadge work={work} /> },
                { head: t('Runs'), cell: ({ work }) => frequencyOf(work) },
                {
                  head: t('Last run'),
                  cell: ({ work, last }) =>
                    last === null ? (
                      <span class="muted">–</span>
                    ) : (
                      <a class="plain-link" href={workTaskPath(work.work_id, last.task_id)}>
                        <When at={last.started_at ?? last.created_at} now={now} />
                      </a>
                    ),
                },
                { head: t('Next run'), cell: ({ work }) => <NextRun work={work} now={now} /> },
              ]}
            />
          </form>
        )}
        {total <= pageSize ? null : (
          <nav class="pager" aria-label={t('Pages')}>
            {page > 1 ? <a href={address(page - 1)}>{t('Previous page')}</a> : null}
            {page * pageSize < total ? <a href={address(page + 1)}>{t('Next page')}</a> : null}
          </nav>
        )}
      </section>
    </>
  )
}

/** The runs of a work, newest first. */
export function WorkTasks(props: { work: ShownWork; tasks: readonly ShownTask[]; now: number }) {
  const { work, tasks, now } = props
  return (
    <ListTable
      caption={t('Runs, newest first')}
      items={tasks}
      columns={[
        {
          head: t('Run'),
          cell: (task) => (
            <a href={workTaskPath(work.work_id, task.task_id)}>
              <When at={task.created_at} now={now} />
            </a>
          ),
        },
        {
          head: t('State'),
          cell: (task) => (
            <span>
              <WorkTaskBadge task={task} />
              {task.error_message === null ? null : (
                <span class={taskState(task.status) === 'failed' ? 'why bad' : 'why'}>
                  {told(task.error_message)}
                </span>
              )}
            </span>
          ),
        },
        { head: t('Cause'), cell: ({ trigger, attempt }) => triggerWords(trigger, attempt) },
        { head: t('Engine'), cell: ({ engine }) => engine },
        { head: t('Version'), kind: 'number', cell: ({ version }) => version },
      ]}
    />
  )
}

/** Why a run was started. */
export function triggerWords(trigger: string, attempt: number): string {
  const words = {
    manual: t('By hand'),
    schedule: t('Schedule'),
    retry: t('Attempt {number}', { number: attempt }),
    backfill: t('Made up for'),
  }
  return words[trigger as keyof typeof words] ?? trigger
}

/** What keeps a page of works current while something runs. */
export function pollWork(path: string, isBusy: boolean): Record<string, string> {
  return isBusy ? poll(path) : {}
}
