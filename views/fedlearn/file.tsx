/**
 * Predictions of a file: which file of which party, and how far that is. What the file holds is never seen here.
 * @module
 */
import type { Job } from '../../src/domain/job.ts'
import { poll } from '../hx.ts'
import { isOver, jobPath } from '../job/task-words.ts'
import { Say, t, told } from '../text/say.tsx'
import { StateBadge } from '../ui/badge.tsx'
import { Empty } from '../ui/empty.tsx'
import { SelectField, TextField } from '../ui/field.tsx'
import { PageHead, PostButton, Progress, Section } from '../ui/page.tsx'
import { Facts, ListTable } from '../ui/table.tsx'
import { Ago, Span } from '../ui/time.tsx'
import { filePath, pairKey, trainingPath } from './choice.ts'
import { ProjectTabs } from './tabs.tsx'
import { Refusal, Way } from './way.tsx'

/** What was asked for. */
export interface AskedFile {
  readonly owner: string
  readonly path: string
  /** Data sets by party. */
  readonly data: ReadonlyMap<string, string>
}

export interface FilesPageProps {
  readonly job: Job
  readonly algorithm: string
  /** Whether there are files of ids for such a model at all. */
  readonly able: boolean
  readonly clients: readonly {
    readonly party: string
    readonly datasets: readonly string[]
    readonly chosen: string
  }[]
  readonly asked: AskedFile
  /** Predictions of files so far, newest first. */
  readonly earlier: readonly Job[]
  readonly problem?: string
  readonly now: number
}

/** The page of a model's files. */
export function FilesPage(props: FilesPageProps) {
  const { job, algorithm, able, earlier, problem, now } = props
  return (
    <>
      <PageHead
        title={`${job.name} · ${algorithm}`}
        lead={t('The file is read, and the answer written, by the runner of its party alone.')}
        trail={[['/projects', t('Projects')]]}
      />
      <Way at="predict" links={{ watch: trainingPath(job.id) }} />
      <ProjectTabs token={job.id} at="files" isDone />
      <Refusal problem={problem} />
      {able ? (
        <FileForm {...props} />
      ) : (
        <Empty title={t('The parties of this model have rows of their own: predict by id.')}>
          <a href={`${trainingPath(job.id)}/predict`}>{t('Predict')}</a>
        </Empty>
      )}
      {earlier.length === 0 ? null : (
        <Section id="files" title={t('Predicted files, newest first')}>
          <ListTable
            caption={t('Predicted files, newest first')}
            items={earlier}
            columns={[
              {
                head: t('File'),
                cell: (one) => (
                  <a class="break" href={filePath(job.id, one.id)}>
                    {String(one.request['path'])}
                  </a>
                ),
              },
              { head: t('Party'), cell: ({ request }) => String(request['owner']) },
              { head: t('State'), cell: ({ state }) => <StateBadge state={state} /> },
              { head: t('Submitted'), cell: ({ createdAt }) => <Ago at={createdAt} now={now} /> },
            ]}
          />
        </Section>
      )}
    </>
  )
}

function FileForm({ job, clients, asked }: FilesPageProps) {
  return (
    <form class="stacked" method="post" action={filePath(job.id)}>
      <Section id="ask" title={t('Which file?')}>
        <div class="fields">
          <SelectField
            name="owner"
            label={t('Party that has the file')}
            value={asked.owner}
            options={clients.map(({ party }) => [party, party] as const)}
          />
          <TextField
            name="path"
            label={t('Path of the file')}
            hint={t('Below the import folders of the runner; an id at the start of each line.')}
            value={asked.path}
          />
          {clients.map(({ party, datasets, chosen }, at) => (
            <SelectField
              name={`data-${at}`}
              attributes={{ name: 'data' }}
              label={t('Data set of {party}', { party })}
              value={pairKey(party, chosen)}
              options={datasets.map((name) => [pairKey(party, name), name] as const)}
            />
          ))}
        </div>
        <p class="actions">
          <button type="submit" class="button primary">
            {t('Predict the file')}
          </button>
        </p>
      </Section>
    </form>
  )
}

export interface FilePageProps {
  readonly training: Job
  readonly algorithm: string
  /** The prediction. */
  readonly job: Job
  readonly owner: string
  readonly path: string
  /** Where the answers are, once they are. */
  readonly result: string | undefined
  readonly percent: number
  readonly reason: string | null
  readonly now: number
}

/** The page of one file; it asks for itself again until the prediction is over. */
export function FilePage(props: FilePageProps) {
  const { training, algorithm, job, owner, path, result, percent, reason, now } = props
  const here = filePath(training.id, job.id)
  const over = isOver(job.state)
  return (
    <div id="file-page" {...(over ? {} : poll(`${here}/parts`))}>
      <PageHead
        title={`${training.name} · ${algorithm}`}
        lead={t('The file is read, and the answer written, by the runner of its party alone.')}
        trail={[
          ['/projects', t('Projects')],
          [filePath(training.id), t('Predict a file')],
        ]}
        actions={
          over ? undefined : (
            <PostButton action={`${jobPath(job.id)}/stop`} tone="danger" fields={{ back: here }}>
              {t('Stop')}
            </PostButton>
          )
        }
      />
      <Way at="predict" links={{ watch: trainingPath(training.id) }} />
      <ProjectTabs token={training.id} at="files" isDone />
      <Section
        id="progress"
        title={t('Progress')}
        aside={<a href={jobPath(job.id)}>{t('Job with its log and ledger')}</a>}
      >
        <p class="state-line">
          <StateBadge state={job.state} />
          {over ? null : <Progress percent={percent} label={t('Progress of the prediction')} />}
        </p>
        {reason === null ? null : (
          <p class={`reason state-${job.state}`}>
            <span>{told(reason)}</span>
          </p>
        )}
        {result === undefined ? null : (
          <p class="note">
            <Say
              text="Party {party} finds the answers in the export folder of its runner: an id and its score a line, NaN where some party lacks the id."
              party={owner}
            />
          </p>
        )}
        <Facts
          facts={[
            [t('Party'), owner],
            [t('File'), <code class="break">{path}</code>],
            ...(result === undefined
              ? []
              : [[t('Answers'), <code class="break">{result}</code>] as const]),
            [t('Submitted'), <Ago at={job.createdAt} now={now} />],
            [t('Time'), <Span from={job.startedAt} to={job.endedAt} now={now} />],
          ]}
        />
      </Section>
    </div>
  )
}
