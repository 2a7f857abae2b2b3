/**
 * A search instead of a training: the same table of parameters, with ranges where a value would stand.
 * @module
 */
import type { Job } from '../../src/domain/job.ts'
import { t, told } from '../text/say.tsx'
import { TextField } from '../ui/field.tsx'
import { PageHead, Section } from '../ui/page.tsx'
import { type Choice, type ColumnRef, matchPath, pairKey, trainPath, tunePath } from './choice.ts'
import { labelOf, LabelChoice, Parameter, Several, type TrainField } from './train.tsx'
import { Refusal, Way } from './way.tsx'

/** A row of an algorithm's table; the values of one that is searched are its ends, or its words. */
export interface TuneField extends TrainField {
  readonly searched: boolean
}

/** How long a search goes on, as written. */
export interface TuneLimits {
  readonly maxTrials: string
  readonly maxSeconds: string
  readonly drawSeed: string
  /** Undefined for a model that has no differential privacy. */
  readonly maxEpsilon: string | undefined
}

export interface TuneFormProps {
  readonly job: Job
  readonly choice: Choice
  readonly models: readonly string[]
  readonly model: string
  readonly fields: readonly TuneField[]
  readonly limits: TuneLimits
  /** Columns that may be the label, for a choice that has none yet. */
  readonly columns: readonly ColumnRef[]
  readonly problem?: string
}

/** The page. */
export function TuneForm(props: TuneFormProps) {
  const { job, choice, models, model, fields, limits, columns, problem } = props
  // The surface names the field that it refuses.
  const refused = /^(?:algorithmParams|ranges): (\w+) (?:is )?(.*)$/.exec(problem ?? '')
  const errorOf = (name: string) => (refused?.[1] === name ? refused[2] : undefined)
  const overspent = problem?.startsWith('maxEpsilon') ? problem : undefined
  return (
    <>
      <PageHead
        title={job.name}
        lead={t(
          'Sets of parameters are drawn from these ranges and tried; the best model is kept.',
        )}
        trail={[['/projects', t('Projects')]]}
      />
      <Way at="train" links={{ match: matchPath(job.id, choice) }} />
      <Refusal problem={problem} />
      <nav class="steps" aria-label={t('Algorithms')}>
        {models.map((name) => (
          <a
            class="step"
            href={tunePath(job.id, choice, name)}
            aria-current={name === model ? 'page' : undefined}
          >
            {name}
          </a>
        ))}
      </nav>
      <form
        class="stacked"
        method="post"
        action={`/projects/match/${encodeURIComponent(job.id)}/tune`}
      >
        <input type="hidden" name="model" value={model} />
        {choice.label === null ? null : (
          <input type="hidden" name="label" value={pairKey(...choice.label)} />
        )}
        {choice.without.map((pair) => (
          <input type="hidden" name="without" value={pairKey(...pair)} />
        ))}
        <Section
          id="ranges"
          title={t('What is searched')}
          note={t(
            'Equal ends, or a single word, fix a parameter; an empty end is that of the table.',
          )}
        >
          <div class="fields">
            {choice.label === null ? <LabelChoice columns={columns} /> : null}
            {fields
              .filter(({ searched }) => searched)
              .map((field) =>
                field.type === 'NUMS' ? (
                  <Ends field={field} error={errorOf(field.field)} />
                ) : (
                  <Several field={field} error={errorOf(field.field)} />
                ),
              )}
          </div>
        </Section>
        <Section id="limits" title={t('How long')}>
          <div class="fields">
            <TextField
              name="maxTrials"
              label={t('Sets of parameters')}
              hint={t('2 to 100; all are tried with few rounds, the better ones again with more.')}
              value={limits.maxTrials}
              inputmode="numeric"
            />
            <TextField
              name="maxSeconds"
              label={t('Seconds')}
              hint={t('After this time no trial is begun.')}
              value={limits.maxSeconds}
              inputmode="numeric"
            />
            <TextField
              name="drawSeed"
              label={t('Seed of the drawing')}
              hint={t('The same seed draws the same sets.')}
              value={limits.drawSeed}
              inputmode="numeric"
            />
            {limits.maxEpsilon === undefined ? null : (
              <TextField
                name="maxEpsilon"
                label={t('Epsilon of the whole search')}
                hint={t(
                  'With differential privacy every trial spends its epsilon anew on the same labels; together they stay within this. Empty: no limit.',
                )}
                value={limits.maxEpsilon}
                inputmode="decimal"
                error={overspent}
              />
            )}
          </div>
        </Section>
        <Section id="parameters" title={t('What is the same for all')}>
          <div class="fields">
            {fields
              .filter(({ searched }) => !searched)
              .map((field) => (
                <Parameter
                  field={field}
                  error={errorOf(field.field)}
                  hint={
                    field.field === 'crossValidation'
                      ? t(
                          'The share of the rows that are learnt from; the others rank the trials. A whole number from 2 to 20 cuts that many folds instead.',
                        )
                      : undefined
                  }
                />
              ))}
          </div>
        </Section>
        <p class="actions">
          <button type="submit" class="button primary">
            {t('Start the search')}
          </button>
          <a class="button plain" href={trainPath(job.id, choice, { model })}>
            {t('Set the parameters instead')}
          </a>
        </p>
      </form>
    </>
  )
}

function Ends({ field, error }: { field: TuneField; error: string | undefined }) {
  const { field: name, describe, values } = field
  const words = [
    [t('from'), values[0] ?? ''],
    [t('to'), values[1] ?? ''],
  ]
  return (
    <fieldset class={`field ends${error === undefined ? '' : ' has-error'}`}>
      <legend>{labelOf(field)}</legend>
      <div class="pair">
        {words.map(([word, value]) => (
          <label>
            <span>{word}</span>
            <input
              type="text"
              name={name}
              value={value}
              inputmode="decimal"
              autocomplete="off"
              aria-describedby={`${name}-hint`}
              aria-invalid={error === undefined ? undefined : 'true'}
            />
          </label>
        ))}
      </div>
      <p class="hint" id={`${name}-hint`}>
        {t('Numbers from {low} to {high}', { low: describe[0], high: describe[1] })}
      </p>
      {error === undefined ? null : <p class="error">{told(error)}</p>}
    </fieldset>
  )
}
