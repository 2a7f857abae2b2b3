/**
 * Which jobs the list shows, and the form that says so.
 * @module
 */
import { t } from '../text/say.tsx'
import { stateLabel } from '../ui/badge.tsx'
import { SelectField } from '../ui/field.tsx'
import { SURFACE_NAMES } from './task-words.ts'

export interface JobListFilter {
  readonly state: string
  readonly surface: string
  readonly text: string
  readonly kind: string
  readonly role: string
  readonly party: string
  /** Part of the name of a component, or of its module. */
  readonly component: string
  /** Days in UTC, both included. */
  readonly since: string
  readonly until: string
  readonly order: string
  readonly after: string
}

/** The form above the list. */
export function JobFilter({ filter }: { filter: JobListFilter }) {
  return (
    <form class="filter bar" method="get" action="/jobs" aria-label={t('Filter')}>
      <div class="field">
        <label htmlFor="text">{t('Name or id')}</label>
        <input id="text" name="text" type="search" value={filter.text} />
      </div>
      <SelectField
        name="state"
        label={t('State')}
        value={filter.state}
        options={[['', t('Any')], ...STATES.map((state) => [state, stateLabel(state)] as const)]}
      />
      <SelectField
        name="surface"
        label={t('Submitted through')}
        value={filter.surface}
        options={[['', t('Any API')], ...SURFACE_NAMES]}
      />
      <SelectField
        name="kind"
        label={t('Kind')}
        value={filter.kind}
        options={[
          ['', t('Jobs')],
          ['upload', t('Uploads')],
        ]}
      />
      <SelectField
        name="order"
        label={t('Order')}
        value={filter.order}
        options={ORDERS.map(([value, label]) => [value, t(label)] as const)}
      />
      <button type="submit" class="button plain">
        {t('Filter')}
      </button>
      <MoreFilters filter={filter} />
    </form>
  )
}

/** The filter as a query, without what is not set. */
export function queryOf(filter: JobListFilter): string {
  const entries = Object.entries(filter).filter(([, value]) => value !== '')
  return String(new URLSearchParams(entries))
}

function MoreFilters({ filter }: { filter: JobListFilter }) {
  const { role, party, component, since, until } = filter
  const isUsed = [role, party, component, since, until].some((value) => value !== '')
  return (
    <details class="more-filters" open={isUsed}>
      <summary>{t('More filters')}</summary>
      <div class="more-fields">
        <SelectField
          name="role"
          label={t('Role')}
          value={role}
          options={[['', t('Any')], ...ROLES.map((name) => [name, name] as const)]}
        />
        <div class="field">
          <label htmlFor="party">{t('Party')}</label>
          <input id="party" name="party" type="search" inputmode="numeric" value={party} />
        </div>
        <div class="field">
          <label htmlFor="component">{t('Component or module')}</label>
          <input id="component" name="component" type="search" value={component} />
        </div>
        <div class="field">
          <label htmlFor="since">{t('Submitted from')}</label>
          <input id="since" name="since" type="date" value={since} />
        </div>
        <div class="field">
          <label htmlFor="until">{t('Submitted until')}</label>
          <input id="until" name="until" type="date" value={until} />
        </div>
      </div>
    </details>
  )
}

const STATES = ['waiting', 'running', 'suspended', 'succeeded', 'failed', 'canceled'] as const

const ORDERS = [
  ['', 'Newest first'],
  ['oldest', 'Oldest first'],
  ['longest', 'Longest first'],
] as const

const ROLES = ['guest', 'host', 'arbiter', 'local'] as const
