/**
 * The example while it gets ready: its tables are uploaded first, then the job is submitted.
 * @module
 */
import type { Job } from '../src/domain/job.ts'
import { jobPath } from './job/task-words.ts'
import { t, told } from './text/say.tsx'
import { StateBadge } from './ui/badge.tsx'
import { PageHead, PostButton, Section } from './ui/page.tsx'

/** One table of the example: there already, or on its way. */
export interface ExampleUpload {
  readonly words: string
  /** Undefined where the table was there before. */
  readonly job: Job | undefined
  readonly reason: string | null
}

export type ExampleStage =
  | { readonly name: 'uploading' }
  | { readonly name: 'ready' }
  | { readonly name: 'failed'; readonly message: string }

export interface ExampleProps {
  readonly uploads: readonly ExampleUpload[]
  readonly stage: ExampleStage
  /** Attributes that make the page go on by itself. */
  readonly updates: Record<string, string>
  /** Upload jobs, to be handed on. */
  readonly fields: Record<string, string>
}

/** The page; it asks for itself until all is uploaded, and then submits the job. */
export function ExamplePage({ uploads, stage, updates, fields }: ExampleProps) {
  return (
    <div id="example-page" {...updates}>
      <PageHead
        title={t('Example')}
        lead={t(
          'Two parties, one model: the tables are uploaded first, then the job is submitted.',
        )}
      />
      <Section id="steps" title={t('Steps')}>
        <ol class="steps">
          {uploads.map(({ words, job, reason }) => (
            <li>
              <span>{told(words)}</span>
              {job === undefined ? (
                <StateBadge state="succeeded" />
              ) : (
                <a href={jobPath(job.id)}>
                  <StateBadge state={job.state} />
                </a>
              )}
              {reason === null ? null : <span class="why">{told(reason)}</span>}
            </li>
          ))}
          <li>
            <span>{t('Submit the job')}</span>
            <StateBadge state={stage.name === 'ready' ? 'running' : 'waiting'} />
          </li>
        </ol>
        {stage.name === 'failed' ? (
          <>
            <p class="form-error" role="alert">
              {told(stage.message)}
            </p>
            <PostButton action="/example" tone="primary">
              {t('Try again')}
            </PostButton>
          </>
        ) : null}
        {stage.name === 'ready' ? <Go fields={fields} /> : null}
        {stage.name === 'uploading' ? (
          <output class="note">
            {t('This takes a few seconds. Without scripts, reload this page.')}
          </output>
        ) : null}
      </Section>
    </div>
  )
}

/** Submits by itself where scripts run; a button where they do not. */
function Go({ fields }: { fields: Record<string, string> }) {
  return (
    <form method="post" action="/example/submit" class="inline" hx-trigger="load, submit">
      {Object.entries(fields).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <button type="submit" class="button primary">
        {t('Submit the job')}
      </button>
    </form>
  )
}
