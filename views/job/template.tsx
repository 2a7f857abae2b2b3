/**
 * The form that makes a job of a template: tables, parties, and the parameters of its components.
 * @module
 */
import type { DataTable } from '../../src/domain/table.ts'
import { t, told } from '../text/say.tsx'
import { SelectField, TextField } from '../ui/field.tsx'
import { PageHead, Section } from '../ui/page.tsx'
import { ColumnList, type FormErrors, NewJobTabs, tableKey, tableWords } from './new.tsx'
import { ParameterForm, type ParameterSection } from './parameter-form.tsx'
import { CurlCommand, FormFault, SubmitBar } from './rerun.tsx'

/** What the form holds beside parameters, as text. */
export interface TemplateValues {
  readonly name: string
  readonly guestTable: string
  readonly hostTable: string
  readonly label: string
  readonly guest: string
  readonly host: string
  readonly arbiter: string
}

/** What the page says of a template. */
export interface TemplateInfo {
  readonly id: string
  readonly title: string
  readonly summary: string
  readonly hasArbiter: boolean
}

export interface TemplateProps {
  readonly templates: readonly TemplateInfo[]
  readonly current: string
  readonly tables: readonly DataTable[]
  readonly values: TemplateValues
  readonly sections: readonly ParameterSection[]
  readonly errors: FormErrors
  readonly command: string | undefined
}

/** The page. */
export function TemplateForm(props: TemplateProps) {
  const { templates, current, tables, values, sections, errors, command } = props
  const template = templates.find(({ id }) => id === current)
  const options: [string, string][] = [
    ['', tables.length === 0 ? t('no tables yet') : t('choose a table')],
    ...tables.map((table): [string, string] => [tableKey(table), tableWords(table)]),
  ]
  const guest = tables.find((table) => tableKey(table) === values.guestTable)
  const text = (name: keyof TemplateValues, label: string, hint?: string) => (
    <TextField name={name} label={label} value={values[name]} hint={hint} error={errors[name]} />
  )
  return (
    <>
      <PageHead title={t('New job')} trail={[['/jobs', t('Jobs')]]} />
      <NewJobTabs mode="template" />
      <FormFault errors={errors} />
      <nav class="steps party-steps" aria-label={t('Templates')}>
        {templates.map(({ id, title }) => (
          <a
            class="step"
            href={`/jobs/new/template?template=${id}`}
            aria-current={id === current ? 'page' : undefined}
          >
            {told(title)}
          </a>
        ))}
      </nav>
      <form class="stacked" method="post" action="/jobs/new/template">
        <input type="hidden" name="template" value={current} />
        <Section
          id="data"
          title={template ? told(template.title) : t('Data')}
          note={template && told(template.summary)}
        >
          <div class="fields">
            {text('name', t('Name of the job (optional)'))}
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
            {text('guest', t('Guest party'))}
            {text('host', t('Host party'))}
            {template?.hasArbiter
              ? text('arbiter', t('Arbiter party'), t('Best a party without data.'))
              : null}
          </div>
        </Section>
        <Section
          id="parameters"
          title={t('Parameters')}
          note={t(
            'Every component with its own parameters; what is left alone keeps the value shown.',
          )}
        >
          <ParameterForm sections={sections} errors={errors} open={openOne(sections)} />
        </Section>
        <SubmitBar />
      </form>
      <CurlCommand command={command} />
    </>
  )
}

/** The component that most people want to change: the last but the scores. */
function openOne(sections: readonly ParameterSection[]): string {
  return sections.findLast(({ module }) => module !== 'Evaluation')?.component ?? ''
}
