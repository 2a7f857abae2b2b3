/**
 * The forms for a new job: logistic regression from a few choices, or any DSL and configuration as JSON.
 * @module
 */
import type { DataTable } from '../../src/domain/table.ts'
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
      <PageHead title="New job" trail={[['/jobs', 'Jobs']]} />
      <NewJobTabs mode={props.mode} />
      {Object.keys(props.errors).length === 0 ? null : (
        <div class="form-error" role="alert" tabindex={-1} autofocus>
          <Icon name="warning" />
          <span>
            {props.errors['form'] ?? 'Nothing was submitted: see the fields marked below.'}
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
    ['choices', '/jobs/new', 'Logistic regression'],
    ['template', '/jobs/new/template', 'From a template'],
    ['json', '/jobs/new?mode=json', 'DSL and configuration'],
  ] as const
  return (
    <nav class="tabs" aria-label="Way to describe the job">
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

function ChoiceForm(props: {
  tables: readonly DataTable[]
  values: ChoiceValues
  errors: FormErrors
}) {
  const { tables, values, errors } = props
  const options: [string, string][] = [
    ['', tables.length === 0 ? 'no tables yet' : 'choose a table'],
    ...tables.map((table): [string, string] => [
      tableKey(table),
      `${table.namespace}.${table.name}${table.party === null ? '' : ` (party ${table.party})`}`,
    ]),
  ]
  const guest = tables.find((table) => tableKey(table) === values.guestTable)
  return (
    <form class="stacked" method="post" action="/jobs/new">
      <input type="hidden" name="mode" value="choices" />
      <Section
        id="data"
        title="Data"
        note="The guest has the label, the host further columns of the same people. The arbiter holds the key for the gradients and sees no rows: best a party without data, as a holder of data could decrypt what it is sent."
      >
        <div class="fields">
          <TextField
            name="name"
            label="Name of the job (optional)"
            value={values.name}
            error={errors['name']}
          />
          <SelectField
            name="guestTable"
            label="Guest table"
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
            label="Label column"
            value={values.label}
            list="columns"
            hint="A column of the guest table that holds 0 or 1."
            error={errors['label']}
          />
          <ColumnList columns={guest?.columns ?? []} />
          <SelectField
            name="hostTable"
            label="Host table"
            value={values.hostTable}
            options={options}
            error={errors['hostTable']}
          />
          <TextField
            name="guest"
            label="Guest party"
            value={values.guest}
            error={errors['guest']}
          />
          <TextField name="host" label="Host party" value={values.host} error={errors['host']} />
          <TextField
            name="arbiter"
            label="Arbiter party"
            value={values.arbiter}
            error={errors['arbiter']}
          />
        </div>
      </Section>
      <Section id="training" title="Training">
        <div class="fields">
          <TextField
            name="maxIter"
            label="Most iterations"
            value={values.maxIter}
            inputmode="numeric"
            error={errors['maxIter']}
          />
          <TextField
            name="learningRate"
            label="Learning rate"
            value={values.learningRate}
            inputmode="decimal"
            error={errors['learningRate']}
          />
          <SelectField
            name="optimizer"
            label="Optimizer"
            value={values.optimizer}
            options={OPTIMIZERS.map((name) => [name, name])}
            error={errors['optimizer']}
          />
          <SelectField
            name="penalty"
            label="Penalty"
            value={values.penalty}
            options={[
              ['L2', 'L2'],
              ['L1', 'L1'],
              ['NONE', 'none'],
            ]}
            error={errors['penalty']}
          />
          <TextField
            name="alpha"
            label="Strength of the penalty"
            value={values.alpha}
            inputmode="decimal"
            error={errors['alpha']}
          />
          <TextField
            name="batchSize"
            label="Rows in a batch"
            value={values.batchSize}
            inputmode="numeric"
            hint="−1 takes all rows at once."
            error={errors['batchSize']}
          />
          <SelectField
            name="keyLength"
            label="Paillier key"
            value={values.keyLength}
            options={[
              ['2048', '2048 bits'],
              ['3072', '3072 bits'],
              ['4096', '4096 bits'],
            ]}
            error={errors['keyLength']}
          />
        </div>
      </Section>
      <p class="actions">
        <button type="submit" class="button primary">
          Submit job
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
        title="DSL and configuration"
        note="As a FATE-Flow client sends them to /v1/job/submit: the DSL names components and how they are connected, the configuration roles, tables and parameters."
      >
        <div class="fields">
          <AreaField
            name="dsl"
            label="DSL (job_dsl)"
            value={values.dsl}
            rows={16}
            error={errors['dsl']}
          />
          <AreaField
            name="conf"
            label="Configuration (job_runtime_conf)"
            value={values.conf}
            rows={16}
            error={errors['conf']}
          />
        </div>
      </Section>
      <p class="actions">
        <button type="submit" class="button primary">
          Submit job
        </button>
      </p>
    </form>
  )
}
