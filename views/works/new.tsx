/**
 * A new work, from a template.
 * @module
 */
import { t, told, type Word } from '../text/say.tsx'
import { SelectField, TextField } from '../ui/field.tsx'
import { Icon } from '../ui/icon.tsx'
import { PageHead, Section } from '../ui/page.tsx'
import { Editor } from './editor.tsx'
import type { ShownCheck } from './shown.ts'

export interface WorkValues {
  readonly user_id: string
  readonly name: string
  readonly description: string
  readonly type: string
  readonly category: string
  readonly run_frequency: string
  readonly cron: string
  readonly script: string
}

export interface NewWorkProps {
  readonly values: WorkValues
  readonly template: string
  readonly templates: readonly (readonly [id: string, name: Word])[]
  readonly check: ShownCheck
  readonly problem?: string
}

/** The page. */
export function NewWorkPage({ values, template, templates, check, problem }: NewWorkProps) {
  return (
    <>
      <PageHead title={t('New work')} trail={[['/works', t('Works')]]} />
      <nav class="tabs" aria-label={t('Templates')}>
        {templates.map(([id, name]) => (
          <a
            href={`/works/new?template=${encodeURIComponent(id)}`}
            aria-current={id === template ? 'page' : undefined}
          >
            {t(name)}
          </a>
        ))}
      </nav>
      {problem === undefined ? null : (
        <div class="form-error" role="alert">
          <Icon name="warning" />
          <span>{told(problem)}</span>
        </div>
      )}
      <form class="stacked" method="post" action="/works/new">
        <input type="hidden" name="template" value={template} />
        <Section id="work" title={t('Work')}>
          <div class="fields">
            <TextField name="name" label={t('Name')} value={values.name} />
            <TextField name="user_id" label={t('Owner')} value={values.user_id} />
            <TextField name="description" label={t('Description')} value={values.description} />
            <SelectField
              name="type"
              label={t('Kind')}
              value={values.type}
              options={[
                ['BATCH', t('Batch')],
                ['STREAMING', t('Stream')],
              ]}
            />
            <SelectField
              name="category"
              label={t('What it runs')}
              value={values.category}
              options={[
                ['FLINK_SQL', 'SQL'],
                ['FLNK_JAR', t('A JAR of its folder')],
              ]}
            />
            <SelectField
              name="run_frequency"
              label={t('Runs')}
              value={values.run_frequency}
              options={[
                ['', t('On demand')],
                ['once', t('Once')],
                ['hourly', t('Hourly')],
                ['daily', t('Daily')],
                ['weekly', t('Weekly')],
              ]}
            />
            <TextField
              name="cron"
              label={t('Cron, in place of that')}
              hint={t('Five fields, or six with seconds first; in UTC.')}
              value={values.cron}
            />
          </div>
        </Section>
        <Section id="sql" title="SQL">
          <Editor script={values.script} check={check} />
        </Section>
        <p class="actions">
          <button type="submit" class="button primary">
            {t('Make the work')}
          </button>
        </p>
      </form>
    </>
  )
}
