import type { Job } from '../../src/domain/job.ts'
import type { Task } from '../../src/domain/task.ts'
/**
 * The head of a job's page: what it is, how far it is, who takes part, and why it waits or failed.
 * @module
 */
import { trainingPath } from '../fedlearn/choice.ts'
import { Say, t, told } from '../text/say.tsx'
import { StateBadge, Tag } from '../ui/badge.tsx'
import { Icon } from '../ui/icon.tsx'
import { PageHead, PostButton, Progress } from '../ui/page.tsx'
import { Facts } from '../ui/table.tsx'
import { Ago, Span } from '../ui/time.tsx'
import { isOver, jobPath, jobPercent, jobTitle, partyViewPath, surfaceName } from './task-words.ts'

/** Sets the job aside, or takes it up again. */
function Pause({ job }: { job: Job }) {
  if (job.state === 'suspended') {
    return (
      <PostButton action={`${jobPath(job.id)}/resume`} tone="primary">
        <Icon name="play" />
        {t('Resume job')}
      </PostButton>
    )
  }
  return (
    <PostButton action={`${jobPath(job.id)}/suspend`}>
      <Icon name="suspended" />
      {t('Suspend job')}
    </PostButton>
  )
}

/** The head; `reason` says why the job waits, what it does, or why it failed. */
export function JobHead(props: {
  job: Job
  tasks: readonly Task[]
  reason: string | null
  now: number
}) {
  const { job, tasks, reason, now } = props
  const over = isOver(job.state)
  const members = Object.entries(job.members)
  return (
    <div id="job-head" class="job-head">
      <PageHead
        title={jobTitle(job)}
        trail={[['/jobs', t('Jobs')]]}
        lead={job.description === '' ? undefined : job.description}
        actions={
          <>
            {job.surface === 'fedlearn' && job.kind === 'train' ? (
              <a class="button plain" href={trainingPath(job.id)}>
                {t('Project')}
              </a>
            ) : null}
            {job.kind === 'upload' || job.surface === 'fedlearn' ? null : (
              <a class="button plain" href={`${jobPath(job.id)}/rerun`}>
                <Icon name="repeat" />
                {t('Run again')}
              </a>
            )}
            {job.kind === 'upload' ? null : (
              <a class="button plain" href={`/compare?job=${encodeURIComponent(job.id)}`}>
                {t('Compare')}
              </a>
            )}
            {over ? null : <Pause job={job} />}
            {over ? null : (
              <PostButton
                action={`${jobPath(job.id)}/stop`}
                tone="danger"
                confirm={t('Stop this job? What it has computed so far stays readable.')}
              >
                <Icon name="stop" />
                {t('Stop job')}
              </PostButton>
            )}
          </>
        }
      />
      <div class="job-state">
        <StateBadge state={job.state} />
        <Progress percent={jobPercent(job, tasks)} label={t('Progress of the job')} />
        <span class="job-time">
          {job.startedAt === null || job.state === 'suspended' ? (
            <>
              <Say text="submitted {ago}" ago={<Ago at={job.createdAt} now={now} />} />
            </>
          ) : (
            <Say
              text={over ? 'took {span}' : 'running for {span}'}
              span={<Span from={job.startedAt} to={job.endedAt} now={now} />}
            />
          )}
        </span>
      </div>
      {reason === null ? null : (
        <p class={`reason state-${job.state}`}>
          <Icon name={job.state === 'failed' ? 'warning' : 'arrow'} />
          <span>{told(reason)}</span>
        </p>
      )}
      <Facts
        facts={[
          [t('Job'), <code>{job.id}</code>],
          [t('Submitted'), <Ago at={job.createdAt} now={now} />],
          [t('Through'), surfaceName(job.surface)],
          ...(job.initiator
            ? [[t('Initiator'), `${job.initiator.role} ${job.initiator.party}`] as const]
            : []),
          ...(members.length > 0
            ? [
                [
                  t('Members'),
                  <span class="tags">
                    {members.flatMap(([role, parties]) =>
                      parties.map((party) => (
                        <Tag>
                          <a href={partyViewPath(job.id, { role, party })}>
                            {role} {party}
                          </a>
                        </Tag>
                      )),
                    )}
                  </span>,
                ] as const,
              ]
            : []),
          ...(job.modelId === null
            ? []
            : [
                [
                  t('Model'),
                  <code class="break">{`${job.modelId} #${job.modelVersion ?? job.id}`}</code>,
                ] as const,
              ]),
        ]}
      />
    </div>
  )
}
