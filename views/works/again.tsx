/**
 * Runs that are not the usual ones: from a savepoint, and for times of the schedule that have passed.
 * @module
 */
import { t, told } from '../text/say.tsx'
import { Field, TextField } from '../ui/field.tsx'
import { Icon } from '../ui/icon.tsx'
import { PageHead, Section } from '../ui/page.tsx'
import { type ShownSavepoint, type ShownWork, workPath } from './shown.ts'
import { When } from './words.tsx'
import { WorkTabs } from './work.tsx'

export interface AgainProps {
  readonly work: ShownWork
  /** A page of all that its runs wrote, the newest first. */
  readonly savepoints: readonly ShownSavepoint[]
  readonly total: number
  readonly filter: { readonly q: string; readonly page: number }
  readonly pageSize: number
  readonly now: number
  readonly problem?: string
  /** What was written, where it was refused. */
  readonly values?: { readonly from?: string; readonly to?: string; readonly other?: string }
}

/** The page. */
export function AgainPage(props: AgainProps) {
  const { work, savepoints, total, filter, pageSize, now, problem, values = {} } = props
  const path = workPath(work.work_id)
  const address = (page: number) =>
    `${path}/again?${new URLSearchParams({ q: filter.q, page: String(page) })}`
  const moment = (name: 'from' | 'to', label: string) => (
    <Field
      name={name}
      label={label}
      control={(tie) => (
        <input {...tie} type="datetime-local" step="60" required value={values[name]} />
      )}
    />
  )
  return (
    <>
      <PageHead title={work.name} trail={[['/works', t('Works')]]} />
      <WorkTabs id={work.work_id} at="again" />
      {problem === undefined ? null : (
        <div class="form-error" role="alert">
          <Icon name="warning" />
          <span>{told(problem)}</span>
        </div>
      )}
      {total <= pageSize && filter.q === '' ? null : (
        <form class="filter bar" method="get" action={`${path}/again`} aria-label={t('Filter')}>
          <div class="field">
            <label htmlFor="q">{t('Part of the place')}</label>
            <input id="q" name="q" type="search" value={filter.q} maxlength={1024} />
          </div>
          <button type="submit" class="button plain">
            {t('Filter')}
          </button>
        </form>
      )}
      <form class="stacked" method="post" action={`${path}/restore`}>
        <Section
          id="restore"
          title={t('Go on from a savepoint')}
          note={t('Where it runs on Flink: the job takes up its state from there.')}
        >
          {savepoints.length === 0 ? (
            <p class="note">
              {filter.q === '' ? t('Its runs wrote no savepoint.') : t('No savepoint matches.')}
            </p>
          ) : (
            <fieldset class="choices">
              <legend>{t('Savepoints of its runs, newest first')}</legend>
              {savepoints.map(({ savepoint_path: place, written_at: at }, index) => (
                <label class="choice place">
                  <input type="radio" name="savepoint" value={place} checked={index === 0} />
                  <code class="break">{place}</code>
                  <span class="muted">
                    <When at={at} now={now} />
                  </span>
                </label>
              ))}
            </fieldset>
          )}
          {total <= pageSize ? null : (
            <nav class="pager" aria-label={t('Pages')}>
              {filter.page > 1 ? <a href={address(filter.page - 1)}>{t('Previous page')}</a> : null}
              {filter.page * pageSize < total ? (
                <a href={address(filter.page + 1)}>{t('Next page')}</a>
              ) : null}
            </nav>
          )}
          <div class="fields">
            <TextField
              name="other"
              label={savepoints.length === 0 ? t('Its place') : t('Or another place')}
              value={values.other ?? ''}
            />
          </div>
          <p class="actions">
            <button type="submit" class="button primary">
              {t('Run from there')}
            </button>
          </p>
        </Section>
      </form>
      <form class="stacked" method="post" action={`${path}/backfill`}>
        <Section
          id="backfill"
          title={t('Make up for times that have passed')}
          note={
            work.paused === null
              ? t('It has no schedule: give it one in its settings first.')
              : t('It runs once for every time of its schedule in between, one after the other.')
          }
        >
          <div class="fields">
            {moment('from', t('From (UTC)'))}
            {moment('to', t('To before (UTC)'))}
          </div>
          <p class="actions">
            <button type="submit" class="button primary" disabled={work.paused === null}>
              {t('Make up for them')}
            </button>
          </p>
        </Section>
      </form>
    </>
  )
}
