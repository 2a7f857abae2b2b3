/**
 * The fourth step of a project: an algorithm and its parameters, as its own table has them.
 * @module
 */
import type { Job } from '../../src/domain/job.ts'
import { language, t, told } from '../text/say.tsx'
import { Field, SelectField } from '../ui/field.tsx'
import { PageHead, Section } from '../ui/page.tsx'
import { type Choice, type ColumnRef, matchPath, pairKey, trainPath, tunePath } from './choice.ts'
import { Refusal, Way } from './way.tsx'

/** A row of an algorithm's table, with the values that the form shows. */
export interface TrainField {
  readonly field: string
  /** For people; Chinese, or the same as `field`. */
  readonly name: string
  readonly describe: readonly string[]
  readonly type: 'NUMS' | 'STRING' | 'MULTI'
  readonly defaultValue: number | string
  readonly values: readonly string[]
}

export interface TrainFormProps {
  readonly job: Job
  readonly choice: Choice
  readonly models: readonly string[]
  readonly model: string
  readonly fields: readonly TrainField[]
  /** Columns that may be the label, for a choice that has none yet. */
  readonly columns: readonly ColumnRef[]
  /** Whether ranges of its parameters can be searched instead. */
  readonly tunable: boolean
  readonly problem?: string
}

/** The page. */
export function TrainForm(props: TrainFormProps) {
  const { job, choice, models, model, fields, columns, tunable, problem } = props
  // The surface names the field that it refuses.
  const refused = /^algorithmParams: (\w+) is (.*)$/.exec(problem ?? '')
  return (
    <>
      <PageHead
        title={job.name}
        lead={t('Choose an algorithm; what is left alone keeps its default.')}
        trail={[['/projects', t('Projects')]]}
      />
      <Way at="train" links={{ match: matchPath(job.id, choice) }} />
      <Refusal problem={problem} />
      <nav class="steps" aria-label={t('Algorithms')}>
        {models.map((name) => (
          <a
            class="step"
            href={trainPath(job.id, choice, { model: name })}
            aria-current={name === model ? 'page' : undefined}
          >
            {name}
          </a>
        ))}
      </nav>
      <form
        class="stacked"
        method="post"
        action={`/projects/match/${encodeURIComponent(job.id)}/train`}
      >
        <input type="hidden" name="model" value={model} />
        {choice.label === null ? null : (
          <input type="hidden" name="label" value={pairKey(...choice.label)} />
        )}
        {choice.without.map((pair) => (
          <input type="hidden" name="without" value={pairKey(...pair)} />
        ))}
        <Section
          id="parameters"
          title={t('Parameters of {model}', { model })}
          note={
            choice.label === null
              ? undefined
              : t('Learns to tell {label} of {party}.', {
                  label: choice.label[1],
                  party: choice.label[0],
                })
          }
        >
          <div class="fields">
            {choice.label === null ? <LabelChoice columns={columns} /> : null}
            {fields.map((field) => (
              <Parameter
                field={field}
                error={refused?.[1] === field.field ? refused[2] : undefined}
              />
            ))}
          </div>
        </Section>
        <p class="actions">
          <button type="submit" class="button primary">
            {t('Start the training')}
          </button>
          {tunable ? (
            <a class="button plain" href={tunePath(job.id, choice, model)}>
              {t('Search ranges instead')}
            </a>
          ) : null}
        </p>
      </form>
    </>
  )
}

/** Which column is the label. */
export function LabelChoice({ columns }: { columns: readonly ColumnRef[] }) {
  return (
    <SelectField
      name="label"
      label={t('Column of the label')}
      hint={t('Just one party may offer a column of this name.')}
      value=""
      options={[
        ['', t('choose a column')],
        ...columns.map(([party, name]) => [pairKey(party, name), `${name} · ${party}`] as const),
      ]}
    />
  )
}

/** A field for one value of a parameter, or several words. */
export function Parameter(props: {
  field: TrainField
  error: string | undefined
  /** What to say instead of its bounds. */
  hint?: string
}) {
  const { field, error } = props
  const { field: name, describe, type, values } = field
  const shared = { name, label: labelOf(field), error }
  const value = values[0] ?? ''
  if (type === 'MULTI') return <Several field={field} error={error} />
  if (type === 'STRING' && describe.length > 0) {
    return (
      <SelectField
        {...shared}
        value={value}
        options={describe.map((word) => [word, word] as const)}
      />
    )
  }
  const [low, high] = describe
  const hint =
    props.hint !== undefined
      ? props.hint
      : type === 'NUMS'
        ? t('A number from {low} to {high}', { low, high })
        : t('Empty for none')
  return (
    <Field
      {...shared}
      hint={hint}
      wide={props.hint !== undefined}
      control={(tie) => (
        <input
          {...tie}
          type="text"
          value={value}
          inputmode={type === 'NUMS' ? 'decimal' : undefined}
          autocomplete="off"
        />
      )}
    />
  )
}

/** Words to choose from. */
export function Several({ field, error }: { field: TrainField; error: string | undefined }) {
  return (
    <fieldset class="field choices">
      <legend>{labelOf(field)}</legend>
      {field.describe.map((word) => (
        <label class="choose">
          <input
            type="checkbox"
            name={field.field}
            value={word}
            checked={field.values.includes(word)}
          />
          {word}
        </label>
      ))}
      {error === undefined ? null : <p class="error">{told(error)}</p>}
    </fieldset>
  )
}

/** What a parameter is called; some names of the table are Chinese words. */
export function labelOf({ field, name }: TrainField): string {
  return language() === 'zh' && /\p{Script=Han}/u.test(name) ? `${field}（${name}）` : field
}
