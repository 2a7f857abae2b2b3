/**
 * The form that runs a job again with other parameters.
 * @module
 */
import type { Job } from '../../src/domain/job.ts'
import { t, told } from '../text/say.tsx'
import { TextField } from '../ui/field.tsx'
import { Icon } from '../ui/icon.tsx'
import { Code } from '../ui/json.tsx'
import { PageHead, Section } from '../ui/page.tsx'
import type { FormErrors } from './new.tsx'
import { ParameterForm, type ParameterSection } from './parameter-form.tsx'
import { jobPath, jobTitle } from './task-words.ts'

export interface RerunProps {
  readonly job: Job
  readonly name: string
  readonly sections: readonly ParameterSection[]
  readonly errors: FormErrors
  readonly open: string
  /** The command that submits the same, once it was asked for. */
  readonly command: string | undefined
}

/** The page. */
export function Rerun({ job, name, sections, errors, open, command }: RerunProps) {
  return (
    <>
      <PageHead
        title={t('Run again')}
        lead={t(
          'What is changed here holds for all parties; tables, roles and the graph stay as they are.',
        )}
        trail={[
          ['/jobs', t('Jobs')],
          [jobPath(job.id), jobTitle(job)],
        ]}
        actions={
          <a class="button plain" href={`/jobs/new?from=${encodeURIComponent(job.id)}`}>
            {t('Edit as JSON')}
          </a>
        }
      />
      <FormFault errors={errors} />
      <form class="stacked" method="post" action={`${jobPath(job.id)}/rerun`}>
        <Section id="parameters" title={t('Parameters')}>
          <div class="fields">
            <TextField
              name="name"
              label={t('Name of the new job')}
              value={name}
              error={errors['name']}
            />
          </div>
          <ParameterForm sections={sections} errors={errors} open={open} />
        </Section>
        <SubmitBar />
      </form>
      <CurlCommand command={command} />
    </>
  )
}

/** What is wrong with a form as a whole. */
export function FormFault({ errors }: { errors: FormErrors }) {
  if (Object.keys(errors).length === 0) return null
  return (
    <div class="form-error" role="alert" tabindex={-1} autofocus>
      <Icon name="warning" />
      <span>
        {told(errors['form'] ?? t('Nothing was submitted: see the fields marked below.'))}
      </span>
    </div>
  )
}

/** Submits, or shows what would be submitted. */
export function SubmitBar() {
  return (
    <p class="actions">
      <button type="submit" class="button primary">
        {t('Submit job')}
      </button>
      <button type="submit" class="button plain" name="show" value="curl">
        {t('Show as curl')}
      </button>
    </p>
  )
}

/** The command that does the same as the form. */
export function CurlCommand({ command }: { command: string | undefined }) {
  if (command === undefined) return null
  return (
    <Section id="curl" title={t('The same as a command')} note={t('Nothing was submitted yet.')}>
      <Code text={command} label={t('Command')} />
    </Section>
  )
}
