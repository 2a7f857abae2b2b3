/**
 * What a work is beside its script: when it runs, what it comes after, retries, limits, who is told.
 * @module
 */
import { t, told } from '../text/say.tsx'
import { AreaField, SelectField, TextField } from '../ui/field.tsx'
import { Icon } from '../ui/icon.tsx'
import { PageHead, Section } from '../ui/page.tsx'
import { type ShownWork, workPath } from './shown.ts'
import { WorkTabs } from './work.tsx'

/** The fields as texts, as they were written. */
export type SettingValues = Readonly<Record<SettingName, string>>

export type SettingName =
  | 'name'
  | 'user_id'
  | 'description'
  | 'run_frequency'
  | 'cron'
  | 'timezone'
  | 'catch_up'
  | 'after'
  | 'retries'
  | 'backoff_seconds'
  | 'time_limit_seconds'
  | 'webhook'
  | 'work_directory'
  | 'main_class_name'
  | 'extra_params'
  | 'java_version'

export interface SettingsProps {
  readonly work: ShownWork
  readonly values: SettingValues
  readonly problem?: string
}

/** The page. */
export function SettingsPage({ work, values, problem }: SettingsProps) {
  const path = workPath(work.work_id)
  const text = (name: SettingName, label: string, hint?: string) => (
    <TextField name={name} label={label} value={values[name]} {...(hint ? { hint } : {})} />
  )
  return (
    <>
      <PageHead title={work.name} trail={[['/works', t('Works')]]} />
      <WorkTabs id={work.work_id} at="settings" />
      {problem === undefined ? null : (
        <div class="form-error" role="alert">
          <Icon name="warning" />
          <span>{told(problem)}</span>
        </div>
      )}
      <form class="stacked" method="post" action={`${path}/settings`}>
        <Section id="work" title={t('Work')}>
          <div class="fields">
            {text('name', t('Name'))}
            {text('user_id', t('Owner'))}
            {text('description', t('Description'))}
          </div>
        </Section>
        <Section id="schedule" title={t('Schedule')}>
          <div class="fields">
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
            {text(
              'cron',
              t('Cron, in place of that'),
              t('Five fields, or six with seconds first.'),
            )}
            {text('timezone', t('Time zone'), t('As Europe/Berlin; UTC without one.'))}
            <SelectField
              name="catch_up"
              label={t('Times that were missed')}
              value={values.catch_up}
              options={[
                ['', t('The last is made up for')],
                ['1', t('Every one is made up for')],
              ]}
            />
            <AreaField
              name="after"
              label={t('Comes after these works')}
              hint={t('Their ids, a line each: it starts once each of them has succeeded.')}
              value={values.after}
              rows={2}
            />
          </div>
        </Section>
        <Section id="failures" title={t('Failures')}>
          <div class="fields">
            {text('retries', t('Retries'))}
            {text(
              'backoff_seconds',
              t('Seconds before the first'),
              t('Twice as long before each further one, an hour at most; 10 without a number.'),
            )}
            {text('time_limit_seconds', t('Time limit in seconds'))}
            {text(
              'webhook',
              t('Webhook that is told'),
              t('An address of the public internet, or one that the server allows.'),
            )}
          </div>
        </Section>
        <Section id="place" title={t('What it runs')}>
          <div class="fields">
            {text(
              'work_directory',
              t('Folder'),
              t('Below the works folder; one of its own without it.'),
            )}
            {text('main_class_name', t('Main class'))}
            {text('java_version', 'Java')}
            <AreaField
              name="extra_params"
              label={t('Parameters')}
              hint={t('A line each.')}
              value={values.extra_params}
              rows={3}
            />
          </div>
        </Section>
        <p class="actions">
          <button type="submit" class="button primary">
            {t('Save')}
          </button>
        </p>
      </form>
    </>
  )
}
