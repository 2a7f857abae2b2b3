/**
 * Users: who there is, what each may use, and forms for administrators.
 * @module
 */
import { t, told } from '../text/say.tsx'
import { Tag } from '../ui/badge.tsx'
import { Empty } from '../ui/empty.tsx'
import { Field, TextField } from '../ui/field.tsx'
import { PageHead, Section } from '../ui/page.tsx'
import { ListTable } from '../ui/table.tsx'
import { BatchTabs, Problem } from './tabs.tsx'

/** A user as the page shows it. */
export interface ShownUser {
  readonly name: string
  readonly admin: boolean
  readonly email: string
  readonly clusters: readonly string[]
  readonly groups: readonly string[]
}

export interface UsersProps {
  readonly users: readonly ShownUser[]
  readonly admin: boolean
  readonly self: string
  readonly offered: Offered
  /** A form that was refused, and why. */
  readonly said?: { readonly problem: string; readonly name: string; readonly email: string }
}

/** The groups and virtual clusters there are, beside the default one. */
export interface Offered {
  readonly groups: readonly string[]
  readonly clusters: readonly string[]
}

/** Where a user is changed. */
export function userPath(name: string): string {
  return `/batch/users/${encodeURIComponent(name)}`
}

/** The page. */
export function UsersPage({ users, admin, self, offered, said }: UsersProps) {
  return (
    <>
      <PageHead title={t('Users')} trail={[['/batch', t('Batch')]]} />
      <BatchTabs tab="users" />
      <Problem text={said === undefined ? undefined : told(said.problem)} />
      <Section id="users" title={t('Users')}>
        {users.length === 0 ? (
          <Empty title={t('No users yet.')} />
        ) : (
          <ListTable
            caption={t('Users')}
            items={users}
            rowId={({ name }) => `user-${name}`}
            columns={[
              {
                head: t('Name'),
                cell: ({ name, admin: isAdmin }) => (
                  <span class="job-cell">
                    <a href={`/batch?username=${encodeURIComponent(name)}`}>{name}</a>
                    <span class="tags">
                      {isAdmin ? <Tag tone="accent">{t('Administrator')}</Tag> : null}
                      {name === self ? <Tag>{t('you')}</Tag> : null}
                    </span>
                  </span>
                ),
              },
              { head: t('Email'), cell: ({ email }) => <span class="break">{email || '–'}</span> },
              { head: t('Virtual clusters'), cell: ({ clusters }) => clusters.join(', ') },
              { head: t('Groups'), cell: ({ groups }) => groups.join(', ') || '–' },
              ...(admin
                ? [
                    {
                      head: t('Actions'),
                      kind: 'action' as const,
                      cell: ({ name }: ShownUser) => (
                        <a class="button plain small" href={userPath(name)}>
                          {t('Change')}
                          <span class="visually-hidden"> {name}</span>
                        </a>
                      ),
                    },
                  ]
                : []),
            ]}
          />
        )}
      </Section>
      {admin ? <NewUser offered={offered} said={said} /> : null}
    </>
  )
}

/** A field for a password; browsers are told what it is for. */
export function PasswordField(props: {
  name: string
  label: string
  hint?: string
  current?: boolean
}) {
  return (
    <Field
      name={props.name}
      label={props.label}
      hint={props.hint}
      control={(tie) => (
        <input
          {...tie}
          type="password"
          autocomplete={props.current ? 'current-password' : 'new-password'}
          maxlength={1024}
        />
      )}
    />
  )
}

/** Boxes of one name: those that are ticked are sent. */
export function Choices(props: {
  name: string
  legend: string
  options: readonly string[]
  chosen: readonly string[]
  hint?: string
  none: string
}) {
  const { name, legend, options, chosen, hint } = props
  // One that is chosen and no longer there can be taken away.
  const all = [...new Set([...options, ...chosen])]
  return (
    <fieldset class="field choices" aria-describedby={hint ? `${name}-hint` : undefined}>
      <legend>{legend}</legend>
      {all.length === 0 ? <span class="muted">{props.none}</span> : null}
      {all.map((one) => (
        <label class="box">
          <input type="checkbox" name={name} value={one} checked={chosen.includes(one)} />
          <span>{one}</span>
        </label>
      ))}
      {hint ? (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      ) : null}
    </fieldset>
  )
}

/** What a user may be given. */
export function Allowances(props: {
  offered: Offered
  groups: readonly string[]
  clusters: readonly string[]
}) {
  const { offered, groups, clusters } = props
  return (
    <>
      <Choices
        name="group"
        legend={t('Groups')}
        options={offered.groups}
        chosen={groups}
        none={t('No groups yet.')}
      />
      <Choices
        name="cluster"
        legend={t('Virtual clusters')}
        options={offered.clusters}
        chosen={clusters}
        hint={t('Beside the default one and those of the groups.')}
        none={t('There is only the default one.')}
      />
    </>
  )
}

function NewUser({ offered, said }: Pick<UsersProps, 'offered' | 'said'>) {
  return (
    <form class="stacked" method="post" action="/batch/users">
      <Section id="new-user" title={t('New user')}>
        <div class="fields">
          <TextField name="name" label={t('Name')} value={said?.name ?? ''} />
          <PasswordField name="password" label={t('Password')} />
          <TextField name="email" label={t('Email')} value={said?.email ?? ''} />
          <Allowances offered={offered} groups={[]} clusters={[]} />
        </div>
        <div class="actions">
          <button type="submit" class="button primary">
            {t('Add')}
          </button>
        </div>
      </Section>
    </form>
  )
}
