/**
 * The list of flows.
 * @module
 */
import type { FlowJob } from '../../src/domain/flow-job.ts'
import { poll } from '../hx.ts'
import { isOver } from '../job/task-words.ts'
import { t, told } from '../text/say.tsx'
import { StateBadge, Tag } from '../ui/badge.tsx'
import { Empty } from '../ui/empty.tsx'
import { Icon } from '../ui/icon.tsx'
import { PageHead, PostButton } from '../ui/page.tsx'
import { ListTable } from '../ui/table.tsx'
import { Ago, Span } from '../ui/time.tsx'

/** The address of a flow. */
export function flowPath(name: string): string {
  return `/flows/${encodeURIComponent(name)}`
}

/** The page; it asks for itself again. */
export function FlowsPage({ flows, now }: { flows: readonly FlowJob[]; now: number }) {
  return (
    <div id="flows-page" {...poll('/flows')}>
      <PageHead
        title={t('Flows')}
        lead={t(
          'Graphs of units through which requests, pictures or videos stream, until they are stopped.',
        )}
        actions={
          <a class="button primary" href="/flows/new">
            <Icon name="plus" />
            {t('New flow')}
          </a>
        }
      />
      <section class="card" aria-label={t('Flows')}>
        {flows.length === 0 ? (
          <Empty title={t('No flows yet.')}>
            <a href="/flows/new">{t('Begin with a small one that answers requests')}</a>
          </Empty>
        ) : (
          <ListTable
            caption={t('Flows by name')}
            items={flows}
            columns={[
              {
                head: t('Flow'),
                cell: ({ job }) => (
                  <span class="project-name">
                    <a href={flowPath(job.name)}>{job.name}</a>
                    <span class="muted">{job.description}</span>
                  </span>
                ),
              },
              { head: t('State'), cell: (flow) => <FlowState flow={flow} /> },
              { head: t('Started'), cell: ({ job }) => <Ago at={job.createdAt} now={now} /> },
              {
                head: t('Duration'),
                kind: 'number',
                cell: ({ job }) => <Span from={job.startedAt} to={job.endedAt} now={now} />,
              },
              {
                head: t('What can be done'),
                kind: 'action',
                cell: (flow) => (
                  <span class="actions">
                    <FlowChanges flow={flow} small />
                  </span>
                ),
              },
            ]}
          />
        )}
      </section>
    </div>
  )
}

/** Its state, with the reason where there is one. */
export function FlowState({ flow: { job, task } }: { flow: FlowJob }) {
  const isOpen = job.state === 'running' && task?.state === 'running' && task.progress >= 1
  const reason = isOpen ? null : (job.reason ?? task?.reason)
  return (
    <span>
      <StateBadge state={job.state} />{' '}
      {isOpen ? <Tag tone="good">{t('all units are open')}</Tag> : null}
      {reason ? <span class="why flow-why"> {told(reason)}</span> : null}
    </span>
  )
}

/** Buttons that stop it, start it again, forget it. */
export function FlowChanges({ flow: { job, task }, small }: { flow: FlowJob; small?: boolean }) {
  const path = flowPath(job.name)
  const back = small ? '/flows' : path
  return (
    <>
      {isOver(job.state) ? null : (
        <PostButton action={`${path}/change`} small={small} fields={{ do: 'stop', back }}>
          {t('Stop')}
        </PostButton>
      )}
      {task ? (
        <PostButton action={`${path}/change`} small={small} fields={{ do: 'restart', back }}>
          {isOver(job.state) ? t('Start') : t('Restart')}
        </PostButton>
      ) : null}
      {isOver(job.state) ? (
        <PostButton
          action={`${path}/change`}
          small={small}
          tone="danger"
          confirm={t('Delete the flow {name}?', { name: job.name })}
          fields={{ do: 'delete', back: '/flows' }}
        >
          {t('Delete')}
        </PostButton>
      ) : null}
    </>
  )
}
