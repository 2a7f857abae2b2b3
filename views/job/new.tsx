/**
 * The forms for a new job: logistic regression from a few choices, or any DSL and configuration as JSON.
 * @module
 */
import type { DataTable } from '../../src/domain/table.ts'
import { t, told } from '../text/say.tsx'
import { AreaField, SelectField, TextField } from '../ui/field.tsx'
import { Icon } from '../ui/icon.tsx'
import { PageHead, Section } from '../ui/page.tsx'

/** What the form of choices holds, as text. */
export interface ChoiceValues {
  readonly name: string
  readonly guestTable: string
  readonly hostTable: string
  readonly label: string
  readonly guest: string
  readonly host: string
  readonly arbiter: string
  readonly maxIter: string
  readonly learningRate: string
  readonly optimizer: string
  readonly penalty: string
  readonly alpha: string
  readonly batchSize: string
  readonly keyLength: string
}

export interface JsonValues {
  readonly dsl: string
  readonly conf: string
}

/** Messages by field; those under `form` concern the whole. */
export type FormErrors = Readonly<Record<string, string>>

export type NewJobProps = {
  readonly tables: readonly DataTable[]
  readonly errors: FormErrors
} & (
  | { readonly mode: 'choices'; readonly values: ChoiceValues }
  | { readonly mode: 'json'; readonly values: JsonValues }
)

/** The page. */
export function NewJob(props: NewJobProps) {
  return (
    <>
      <PageHead title={t('New job')} trail={[['/jobs', t('Jobs')]]} />
      <NewJobTabs mode={props.mode} />
      {Object.keys(props.errors).length === 0 ? null : (
        <div class="form-error" role="alert" tabindex={-1} autofocus>
          <Icon name="warning" />
          <span>
            {told(props.errors['form'] ?? t('Nothing was submitted: see the fields marked below.'))}
          </span>
        </div>
      )}
      {props.mode === 'json' ? (
        <JsonForm values={props.values} errors={props.errors} />
      ) : (
        <ChoiceForm tables={props.tables} values={props.values} errors={props.errors} />
      )}
    </>
  )
}

/** The ways to describe a job. */
export function NewJobTabs({ mode }: { mode: 'choices' | 'template' | 'json' }) {
  const tabs = [
    ['choices', '/jobs/new', t('Logistic regression')],
    ['template', '/jobs/new/template', t('From a template')],
    ['json', '/jobs/new?mode=json', t('DSL and configuration')],
  ] as const
  return (
    <nav class="tabs" aria-label={t('Way to describe the job')}>
      {tabs.map(([id, href, label]) => (
        <a href={href} aria-current={id === mode ? 'page' : undefined}>
          {label}
        </a>
      ))}
    </nav>
  )
}

/** The columns that a label may be chosen from. */
export function ColumnList({ columns }: { columns: readonly string[] }) {
  return (
    <datalist id="columns">
      {columns.map((name) => (
        <option value={name}>{name}</option>
      ))}
    </datalist>
  )
}

/** How a form names a table. */
export function tableKey(table: { namespace: string; name: string }): string {
  return JSON.stringify([table.namespace, table.name])
}

/** How a list of choices shows a table. */
export function tableWords({ namespace, name, party }: DataTable): string {
  const table = `${namespace}.${name}`
  return party === null ? table : t('{table} (party {party})', { table, party })
}

function ChoiceForm(props: {
  tables: readonly DataTable[]
  values: ChoiceValues
  errors: FormErrors
}) {
  const { tables, values, errors } = props
  const options: [string, string][] = [
    ['', tables.length === 0 ? t('no tables yet') : t('choose a table')],
    ...tables.map((table): [string, string] => [tableKey(table), tableWords(table)]),
  ]
  const guest = tables.find((table) => tableKey(table) === values.guestTable)
  return (
    <form class="stacked" method="post" action="/jobs/new">
      <input type="hidden" name="mode" value="choices" />
      <Section
        id="data"
        title={t('Data')}
        note={t(
          'The guest has the label, the host further columns of the same people. The arbiter holds the key for the gradients and sees no rows: best a party without data, as a holder of data could decrypt what it is sent.',
        )}
      >
        <div class="fields">
          <TextField
            name="name"
            label={t('Name of the job (optional)')}
            value={values.name}
            error={errors['name']}
          />
          <SelectField
            name="guestTable"
            label={t('Guest table')}
            value={values.guestTable}
            options={options}
            error={errors['guestTable']}
            attributes={{
              'hx-get': '/jobs/new/columns',
              'hx-target': '#columns',
              'hx-swap': 'outerHTML',
            }}
          />
          <TextField
            name="label"
            label={t('Label column')}
            value={values.label}
            list="columns"
            hint={t('A column of the guest table that holds 0 or 1.')}
            error={errors['label']}
          />
          <ColumnList columns={guest?.columns ?? []} />
          <SelectField
            name="hostTable"
            label={t('Host table')}
            value={values.hostTable}
            options={options}
            error={errors['hostTable']}
          />
          <TextField
            name="guest"
            label={t('Guest party')}
            value={values.guest}
            error={errors['guest']}
          />
          <TextField
            name="host"
            label={t('Host party')}
            value={values.host}
            error={errors['host']}
          />
          <TextField
            name="arbiter"
            label={t('Arbiter party')}
            value={values.arbiter}
            error={errors['arbiter']}
          />
        </div>
      </Section>
      <Section id="training" title={t('Training')}>
        <div class="fields">
          <TextField
            name="maxIter"
            label={t('Most iterations')}
            value={values.maxIter}
            inputmode="numeric"
            error={errors['maxIter']}
          />
          <TextField
            name="learningRate"
            label={t('Learning rate')}
            value={values.learningRate}
            inputmode="decimal"
            error={errors['learningRate']}
          />
          <SelectField
            name="optimizer"
            label={t('Optimizer')}
            value={values.optimizer}
            options={OPTIMIZERS.map((name) => [name, name])}
            error={errors['optimizer']}
          />
          <SelectField
            name="penalty"
            label={t('Penalty')}
            value={values.penalty}
            options={[
              ['L2', 'L2'],
              ['L1', 'L1'],
              ['NONE', t('none')],
            ]}
            error={errors['penalty']}
          />
          <TextField
            name="alpha"
            label={t('Strength of the penalty')}
            value={values.alpha}
            inputmode="decimal"
            error={errors['alpha']}
          />
          <TextField
            name="batchSize"
            label={t('Rows in a batch')}
            value={values.batchSize}
            inputmode="numeric"
            hint={t('−1 takes all rows at once.')}
            error={errors['batchSize']}
          />
          <SelectField
            name="keyLength"
            label={t('Paillier key')}
            value={values.keyLength}
            options={[
              ['2048', t('2048 bits')],
              ['3072', t('3072 bits')],
              ['4096', t('4096 bits')],
            ]}
            error={errors['keyLength']}
          />
        </div>
      </Section>
      <p class="actions">
        <button type="submit" class="button primary">
          {t('Submit job')}
        </button>
      </p>
    </form>
  )
}

/** Optimizers that the form offers. */
export const OPTIMIZERS = ['rmsprop', 'sgd', 'adam', 'adagrad', 'nesterov_momentum_sgd'] as const

function JsonForm({ values, errors }: { values: JsonValues; errors: FormErrors }) {
  return (
    <form class="stacked" method="post" action="/jobs/new?mode=json">
      <input type="hidden" name="mode" value="json" />
      <Section
        id="json"
        title={t('DSL and configuration')}
        note={t(
          'As a FATE-Flow client sends them to /v1/job/submit: the DSL names components and how they are connected, the configuration roles, tables and parameters.',
        )}
      >
        <div class="fields">
          <AreaField
            name="dsl"
            label={t('DSL (job_dsl)')}
            value={values.dsl}
            rows={16}
            error={errors['dsl']}
          />
          <AreaField
            name="conf"
            label={t('Configuration (job_runtime_conf)')}
            value={values.conf}
            rows={16}
            error={errors['conf']}
          />
        </div>
      </Section>
      <p class="actions">
        <button type="submit" class="button primary">
          {t('Submit job')}
        </button>
      </p>
    </form>
  )
}
