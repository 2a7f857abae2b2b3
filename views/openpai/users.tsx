/**
 * Users: who there is, what each may use, and forms for administrators.
 * @module
 */
import { t, told } from '../text/say.tsx'
import { Tag } from '../ui/badge.tsx'
import { Empty } from '../ui/empty.tsx'
import { Field, TextField } from '../ui/field.tsx'
import { PageHead, PostButton, Section } from '../ui/page.tsx'
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
  readonly problem?: string
}

/** The page. */
export function UsersPage({ users, admin, self, problem }: UsersProps) {
  return (
    <>
      <PageHead title={t('Users')} trail={[['/batch', t('Batch')]]} />
      <BatchTabs tab="users" />
      <Problem text={problem === undefined ? undefined : told(problem)} />
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
                    {isAdmin ? <Tag tone="accent">{t('Administrator')}</Tag> : null}
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
                      cell: ({ name, admin: isAdmin }: ShownUser) =>
                        name === self ? null : (
                          <span class="actions">
                            <PostButton
                              action="/batch/users/admin"
                              small
                              fields={{ name, admin: isAdmin ? '' : '1' }}
                            >
                              {isAdmin ? t('Make an ordinary user') : t('Make an administrator')}
                              <span class="visually-hidden"> {name}</span>
                            </PostButton>
                            {isAdmin ? null : (
                              <PostButton
                                action="/batch/users/remove"
                                small
                                tone="danger"
                                fields={{ name }}
                                confirm={t('Remove {name}?', { name })}
                              >
                                {t('Remove')}
                                <span class="visually-hidden"> {name}</span>
                              </PostButton>
                            )}
                          </span>
                        ),
                    },
                  ]
                : []),
            ]}
          />
        )}
      </Section>
      {admin ? (
        <div class="halves">
          <NewUser />
          <ChangeUser />
        </div>
      ) : null}
    </>
  )
}

/** A field for a password; browsers are told what it is for. */
export function PasswordField(props: { name: string; label: string; current?: boolean }) {
  return (
    <Field
      name={props.name}
      label={props.label}
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

function NewUser() {
  return (
    <form class="stacked" method="post" action="/batch/users">
      <Section id="new-user" title={t('New user')}>
        <div class="fields">
          <TextField name="name" label={t('Name')} value="" />
          <PasswordField name="password" label={t('Password')} />
          <TextField name="email" label={t('Email')} value="" />
          <TextField
            name="clusters"
            label={t('Virtual clusters')}
            value=""
            hint={t('Beside the default one, with commas.')}
          />
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

function ChangeUser() {
  return (
    <form class="stacked" method="post" action="/batch/users/change">
      <Section
        id="change-user"
        title={t('Change a user')}
        note={t('What is left empty stays as it is.')}
      >
        <div class="fields">
          <Field
            name="of"
            label={t('Name')}
            control={(tie) => <input {...tie} type="text" autocomplete="off" required />}
          />
          <PasswordField name="newPassword" label={t('New password')} />
          <Field
            name="shares"
            label={t('Virtual clusters')}
            hint={t('Beside the default one, with commas.')}
            control={(tie) => <input {...tie} type="text" autocomplete="off" />}
          />
        </div>
        <div class="actions">
          <button type="submit" class="button plain">
            {t('Save')}
          </button>
        </div>
      </Section>
    </form>
  )
}
