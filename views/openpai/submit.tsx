/**
 * Submitting a job of task roles: its document, checked while it is written; a form for the common case; examples.
 * @module
 */
import { t, told } from '../text/say.tsx'
import { AreaField, SelectField, TextField } from '../ui/field.tsx'
import { countOf } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { PageHead, Section } from '../ui/page.tsx'
import { BatchTabs, Problem } from './tabs.tsx'

/** What a document would come to. */
export interface Verdict {
  /** Undefined where it would be taken. */
  readonly problem: string | undefined
  readonly name: string
  readonly tasks: number
  readonly gpus: number
  /** What of it would not be done as somebody may expect. */
  readonly warnings: readonly string[]
}

/** What the form of the common case holds, as text. */
export interface CommonValues {
  readonly name: string
  readonly command: string
  readonly instances: string
  readonly cpu: string
  readonly memoryMB: string
  readonly gpu: string
  readonly retries: string
  readonly image: string
  readonly virtualCluster: string
  readonly priority: string
}

export type SubmitProps = {
  readonly problem?: string
} & (
  | {
      readonly mode: 'yaml'
      readonly text: string
      readonly verdict?: Verdict
      readonly hidden: boolean
    }
  | {
      readonly mode: 'form'
      readonly values: CommonValues
      readonly errors: Readonly<Record<string, string>>
      readonly clusters: readonly string[]
    }
)

const EXAMPLES = [
  ['single', 'Example: one task'],
  ['distributed', 'Example: distributed'],
  ['parameters', 'Example: parameters and secrets'],
] as const

/** The page. */
export function SubmitPage(props: SubmitProps) {
  return (
    <>
      <PageHead title={t('Submit a batch job')} trail={[['/batch', t('Batch')]]} />
      <BatchTabs tab="new" />
      <nav class="tabs" aria-label={t('Way to describe the job')}>
        <a href="/batch/new" aria-current={props.mode === 'yaml' ? 'page' : undefined}>
          {t('Document')}
        </a>
        <a href="/batch/new?mode=form" aria-current={props.mode === 'form' ? 'page' : undefined}>
          {t('Form')}
        </a>
        {EXAMPLES.map(([id, label]) => (
          <a href={`/batch/new?example=${id}`}>{t(label)}</a>
        ))}
      </nav>
      <Problem text={props.problem === undefined ? undefined : told(props.problem)} />
      {props.mode === 'yaml' ? <DocumentForm {...props} /> : <CommonForm {...props} />}
    </>
  )
}

function DocumentForm(props: { text: string; verdict?: Verdict; hidden: boolean }) {
  return (
    <form class="stacked" method="post" action="/batch/new">
      <Section
        id="document"
        title={t('Job document')}
        note={
          props.hidden
            ? t('The secrets of the job are kept nowhere: write them in again.')
            : t('YAML of the job protocol, version 2. It is checked while you write.')
        }
      >
        <div class="field wide">
          <label class="visually-hidden" htmlFor="text">
            {t('Job document')}
          </label>
          <textarea
            id="text"
            name="text"
            rows={22}
            class="mono"
            spellcheck={false}
            aria-describedby="check"
            hx-post="/batch/check"
            hx-trigger="input delay:300ms"
            hx-target="#check"
            hx-swap="outerHTML"
            hx-push-url="false"
          >
            {props.text}
          </textarea>
        </div>
        <Check verdict={props.verdict} />
        <div class="actions">
          <button type="submit" class="button primary">
            <Icon name="play" />
            {t('Submit the job')}
          </button>
        </div>
      </Section>
    </form>
  )
}

/** What the document that is being written would come to. */
export function Check({ verdict }: { verdict: Verdict | undefined }) {
  return (
    <div id="check" aria-live="polite">
      {verdict === undefined ? null : verdict.problem === undefined ? (
        <>
          <p class="reason state-succeeded">
            <Icon name="succeeded" />
            <span>
              {t('{name} can be submitted: {tasks}, {gpus}.', {
                name: verdict.name,
                tasks: countOf(verdict.tasks, 'task'),
                gpus: countOf(verdict.gpus, 'GPU'),
              })}
            </span>
          </p>
          {verdict.warnings.map((warning) => (
            <p class="reason state-waiting">
              <Icon name="warning" />
              <span>{told(warning)}</span>
            </p>
          ))}
        </>
      ) : (
        <p class="form-error">
          <Icon name="warning" />
          <span>{told(verdict.problem)}</span>
        </p>
      )}
    </div>
  )
}

function CommonForm(props: {
  values: CommonValues
  errors: Readonly<Record<string, string>>
  clusters: readonly string[]
}) {
  const { values, errors, clusters } = props
  const field = (name: keyof CommonValues, label: string, hint?: string) => (
    <TextField
      name={name}
      label={label}
      value={values[name]}
      error={errors[name]}
      hint={hint}
      inputmode={NUMBERS.has(name) ? 'numeric' : undefined}
    />
  )
  return (
    <form class="stacked" method="post" action="/batch/new/form">
      <Section id="common" title={t('One program, as often as you like')}>
        <div class="fields">
          {field('name', t('Name'))}
          {field('instances', t('Instances'))}
          <AreaField
            name="command"
            label={t('Command')}
            value={values.command}
            error={errors.command}
            rows={6}
          />
          {field('cpu', t('Cores an instance'))}
          {field('memoryMB', t('Memory an instance, MB'))}
          {field('gpu', t('GPUs an instance'))}
          {field('retries', t('Retries'))}
          <SelectField
            name="virtualCluster"
            label={t('Virtual cluster')}
            value={values.virtualCluster}
            options={clusters.map((name) => [name, name])}
          />
          <SelectField
            name="priority"
            label={t('Priority')}
            value={values.priority}
            options={[
              ['', t('Default priority')],
              ['crit', 'crit'],
              ['prod', 'prod'],
              ['test', 'test'],
              ['oppo', 'oppo'],
            ]}
          />
          {field('image', t('Image'), t('Empty: a process of the host.'))}
        </div>
        <div class="actions">
          <button type="submit" class="button primary">
            <Icon name="play" />
            {t('Submit the job')}
          </button>
          <button type="submit" class="button plain" name="show" value="1">
            {t('Show the document')}
          </button>
        </div>
      </Section>
    </form>
  )
}

const NUMBERS: ReadonlySet<string> = new Set(['instances', 'cpu', 'memoryMB', 'gpu', 'retries'])
