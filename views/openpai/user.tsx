/**
 * One user: what it may use, its password, its rights, for administrators.
 * @module
 */
import { t, told } from '../text/say.tsx'
import { TextField } from '../ui/field.tsx'
import { PageHead, PostButton, Section } from '../ui/page.tsx'
import { Facts } from '../ui/table.tsx'
import { BatchTabs, Problem } from './tabs.tsx'
import { Allowances, type Offered, PasswordField, type ShownUser, userPath } from './users.tsx'

export interface UserProps {
  readonly user: ShownUser
  /** Its own virtual clusters, beside those of its groups. */
  readonly own: readonly string[]
  /** Whether it is who looks. */
  readonly self: boolean
  readonly offered: Offered
  readonly problem?: string
}

/** The page. */
export function UserPage({ user, own, self, offered, problem }: UserProps) {
  const { name, admin } = user
  return (
    <>
      <PageHead
        title={name}
        trail={[
          ['/batch', t('Batch')],
          ['/batch/users', t('Users')],
        ]}
        actions={
          <a class="button plain" href={`/batch?username=${encodeURIComponent(name)}`}>
            {t('Jobs')}
          </a>
        }
      />
      <BatchTabs tab="users" />
      <Problem text={problem === undefined ? undefined : told(problem)} />
      <form class="stacked" method="post" action={userPath(name)}>
        <Section id="user" title={t('Change')}>
          <div class="fields">
            <TextField name="email" label={t('Email')} value={user.email} />
            <PasswordField
              name="newPassword"
              label={t('New password')}
              hint={t('Empty: it stays as it is. A new password ends every session.')}
            />
            <Allowances offered={offered} groups={user.groups} clusters={own} />
          </div>
          <div class="actions">
            <button type="submit" class="button primary">
              {t('Save')}
            </button>
            <a class="button plain" href="/batch/users">
              {t('Cancel')}
            </a>
          </div>
        </Section>
      </form>
      <Section
        id="rights"
        title={t('Rights')}
        note={self ? told('Nobody takes their own rights away.') : undefined}
      >
        <Facts
          facts={[
            [t('Role'), admin ? t('Administrator') : t('User')],
            [t('Virtual clusters'), user.clusters.join(', ')],
          ]}
        />
        {self ? null : (
          <div class="actions">
            <PostButton action={`${userPath(name)}/admin`} fields={{ admin: admin ? '' : '1' }}>
              {admin ? t('Make an ordinary user') : t('Make an administrator')}
            </PostButton>
            {admin ? null : (
              <PostButton
                action={`${userPath(name)}/remove`}
                tone="danger"
                confirm={t('Remove {name}?', { name })}
              >
                {t('Remove')}
              </PostButton>
            )}
          </div>
        )}
      </Section>
    </>
  )
}
