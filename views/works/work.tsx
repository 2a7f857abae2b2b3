/**
 * One work: what it is, its runs, its script.
 * @module
 */
import { t } from '../text/say.tsx'
import { Empty } from '../ui/empty.tsx'
import { formatDuration, formatNumber } from '../ui/format.ts'
import { PageHead, PostButton, Section } from '../ui/page.tsx'
import { Facts } from '../ui/table.tsx'
import { Editor } from './editor.tsx'
import { pollWork, WorkTasks } from './list.tsx'
import { isUnderWay, type ShownCheck, type ShownTask, type ShownWork, workPath } from './shown.ts'
import { RunStrip } from './strip.tsx'
import { frequencyOf, NextRun, WorkBadge } from './words.tsx'

const LISTED = 20

export interface WorkPageProps {
  readonly work: ShownWork
  readonly tasks: readonly ShownTask[]
  /** As it was written, saved or not. */
  readonly script: string
  readonly check: ShownCheck
  readonly now: number
}

/** The page; what is written in the editor stays while the rest is kept current. */
export function WorkPage(props: WorkPageProps) {
  const { work, tasks, script, check, now } = props
  const path = workPath(work.work_id)
  return (
    <>
      <PageHead
        title={work.name}
        lead={work.description === '' ? undefined : work.description}
        trail={[['/works', t('Works')]]}
        actions={<WorkActions work={work} isBusy={tasks.some(isUnderWay)} />}
      />
      <WorkTabs id={work.work_id} at="work" />
      <WorkRuns work={work} tasks={tasks} now={now} />
      {work.category === 'FLINK_SQL' ? (
        <form class="stacked" method="post" action={`${path}/script`}>
          <Section id="sql" title="SQL">
            {work.script === null ? (
              <p class="note">{t('It has no script of its own: main.sql of its folder is run.')}</p>
            ) : null}
            <input type="hidden" name="type" value={work.type} />
            <Editor script={script} check={check} />
            <p class="actions">
              <button type="submit" class="button primary">
                {t('Save as a new version')}
              </button>
            </p>
          </Section>
        </form>
      ) : null}
    </>
  )
}

/** State and runs; the part that changes by itself. */
export function WorkRuns(props: { work: ShownWork; tasks: readonly ShownTask[]; now: number }) {
  const { work, tasks, now } = props
  return (
    <div id="work-runs" {...pollWork(`${workPath(work.work_id)}/runs`, tasks.some(isUnderWay))}>
      <Section id="about" title={t('Overview')}>
        <Facts
          facts={[
            [t('State'), <WorkBadge work={work} />],
            [t('Runs'), frequencyOf(work)],
            [t('Next run'), <NextRun work={work} now={now} />],
            [t('Kind'), `${work.type} ${work.category}`],
            [t('Owner'), work.user_id],
            [t('Version'), formatNumber(work.version)],
            ...(work.retries > 0 ? [[t('Retries'), formatNumber(work.retries)] as const] : []),
            ...(work.time_limit_seconds === null
              ? []
              : [[t('Time limit'), formatDuration(work.time_limit_seconds * 1000)] as const]),
            ...(work.after.length === 0
              ? []
              : [
                  [
                    t('Comes after these works'),
                    <span class="break">
                      {work.after.map((id) => (
                        <a class="line" href={workPath(id)}>
                          {id}
                        </a>
                      ))}
                    </span>,
                  ] as const,
                ]),
            ...(work.work_directory === null
              ? []
              : [[t('Folder'), <code class="break">{work.work_directory}</code>] as const]),
            ...(work.webhook === null
              ? []
              : [[t('Told of failures'), <code class="break">{work.webhook}</code>] as const]),
            [t('Id'), <code class="break">{work.work_id}</code>],
          ]}
        />
      </Section>
      <Section id="runs" title={t('Runs')}>
        {tasks.length === 0 ? (
          <Empty title={t('It has not run yet.')} />
        ) : (
          <>
            <RunStrip tasks={tasks} now={now} />
            <WorkTasks work={work} tasks={tasks.slice(0, LISTED)} now={now} />
          </>
        )}
      </Section>
    </div>
  )
}

function WorkActions({ work, isBusy }: { work: ShownWork; isBusy: boolean }) {
  const to = (action: string) => `${workPath(work.work_id)}/do/${action}`
  const hasSchedule = work.paused !== null
  return (
    <>
      {isBusy ? null : (
        <PostButton action={to('run')} tone="primary">
          {t('Run now')}
        </PostButton>
      )}
      {hasSchedule ? (
        <PostButton action={to(work.paused ? 'resume' : 'pause')}>
          {work.paused ? t('Start the schedule') : t('Pause the schedule')}
        </PostButton>
      ) : null}
      {isBusy ? (
        <PostButton
          action={to('stop')}
          tone="danger"
          confirm={t('Stop {job}?', { job: work.name })}
        >
          {t('Stop')}
        </PostButton>
      ) : null}
      <PostButton action={to('copy')}>{t('Make a copy')}</PostButton>
      <PostButton
        action={to('delete')}
        tone="danger"
        confirm={t('Delete work "{name}"? Its run is stopped; what it ran stays readable.', {
          name: work.name,
        })}
      >
        {t('Delete work')}
      </PostButton>
    </>
  )
}

/** The pages of a work. */
export function WorkTabs({ id, at }: { id: string; at: WorkTab }) {
  const tabs: readonly (readonly [tab: WorkTab, path: string, words: string])[] = [
    ['work', '', t('Overview')],
    ['settings', '/settings', t('Settings')],
    ['files', '/files', t('Files')],
    ['versions', '/versions', t('Versions')],
    ['again', '/again', t('Savepoints and past times')],
  ]
  return (
    <nav class="tabs" aria-label={t('About this work')}>
      {tabs.map(([tab, path, words]) => (
        <a href={`${workPath(id)}${path}`} aria-current={at === tab ? 'page' : undefined}>
          {words}
        </a>
      ))}
    </nav>
  )
}

type WorkTab = 'work' | 'settings' | 'files' | 'versions' | 'again'
