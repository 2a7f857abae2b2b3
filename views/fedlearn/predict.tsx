/**
 * Predictions by id: a form, and the answers as a table and as a file.
 * @module
 */
import type { Job } from '../../src/domain/job.ts'
import { t } from '../text/say.tsx'
import { AreaField, SelectField } from '../ui/field.tsx'
import { countOf, formatNumber } from '../ui/format.ts'
import { PageHead, Section } from '../ui/page.tsx'
import { DataGrid } from '../ui/table.tsx'
import { pairKey, trainingPath } from './choice.ts'
import { ProjectTabs } from './tabs.tsx'
import { Refusal, Way } from './way.tsx'

/** One row of the answer; the first names what the scores are. */
export interface Predicted {
  readonly uid: string
  readonly score: readonly (number | string)[]
}

export interface PredictPageProps {
  readonly job: Job
  readonly algorithm: string
  /** Each party with the data sets that have all columns it was trained on, and the one that is taken. */
  readonly clients: readonly {
    readonly party: string
    readonly datasets: readonly string[]
    readonly chosen: string
  }[]
  /** Ids as they were written. */
  readonly uids: string
  readonly most: number
  readonly problem?: string
  readonly answer?: readonly Predicted[]
}

/** The page. */
export function PredictPage(props: PredictPageProps) {
  const { job, algorithm, clients, uids, most, problem, answer } = props
  const path = `${trainingPath(job.id)}/predict`
  return (
    <>
      <PageHead
        title={`${job.name} · ${algorithm}`}
        lead={t('Each party looks up its own columns in its own data set.')}
        trail={[['/projects', t('Projects')]]}
      />
      <Way at="predict" links={{ watch: trainingPath(job.id) }} />
      <ProjectTabs token={job.id} at="predict" isDone />
      <Refusal problem={problem} />
      <form class="stacked" method="post" action={path}>
        <Section id="ask" title={t('Which rows?')}>
          <div class="fields">
            <AreaField
              name="uids"
              label={t('Ids')}
              hint={t('One a line, or with commas or spaces between them; at most {most}.', {
                most: formatNumber(most),
              })}
              rows={6}
              value={uids}
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
              {t('Predict')}
            </button>
          </p>
        </Section>
      </form>
      {answer === undefined ? null : <Answer job={job} answer={answer} />}
    </>
  )
}

function Answer({ job, answer }: { job: Job; answer: readonly Predicted[] }) {
  const [head, ...rows] = answer
  const header = ['uid', ...(head?.score.map(String) ?? [])]
  const cells = rows.map(({ uid, score }) => [uid, ...score])
  const missing = rows.filter(({ score }) => score.some((value) => String(value) === 'NaN')).length
  return (
    <Section
      id="answer"
      title={t('Predictions')}
      aside={
        <a
          class="button small plain"
          href={`data:text/csv;charset=utf-8,${encodeURIComponent(csvOf([header, ...cells]))}`}
          download={`${job.id}-predictions.csv`}
          hx-boost="false"
        >
          {t('Download as CSV')}
        </a>
      }
      note={
        missing === 0
          ? countOf(rows.length, 'row')
          : t('{rows}; {missing} of them are not at all parties, and have no score.', {
              rows: countOf(rows.length, 'row'),
              missing: formatNumber(missing),
            })
      }
    >
      <DataGrid label={t('Predictions')} header={header} rows={cells} />
    </Section>
  )
}

/** Lines of comma-separated values. */
export function csvOf(rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number) =>
    /[",\r\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value)
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}
