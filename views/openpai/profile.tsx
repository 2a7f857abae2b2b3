import type { AccountToken } from '../../src/domain/principal.ts'
/**
 * One's own profile: password, email, tokens.
 * @module
 */
import { Say, t, told } from '../text/say.tsx'
import { TextField } from '../ui/field.tsx'
import { PageHead, PostButton, Section } from '../ui/page.tsx'
import { Facts, ListTable } from '../ui/table.tsx'
import { Ago } from '../ui/time.tsx'
import { BatchTabs, Problem } from './tabs.tsx'
import { PasswordField, type ShownUser } from './users.tsx'

/** A token, by its id; its text is kept nowhere. */
export interface ShownToken extends AccountToken {
  /** Whether this page was asked for with it. */
  readonly own: boolean
}

export interface ProfileProps {
  readonly name: string
  /** Undefined for the holder of a token of the operator's, and where the server trusts everybody. */
  readonly user: ShownUser | undefined
  readonly tokens: readonly ShownToken[]
  /** The text of a token that was just made. */
  readonly made?: string
  readonly problem?: string
  readonly now: number
}

/** The page. */
export function ProfilePage({ name, user, tokens, made, problem, now }: ProfileProps) {
  return (
    <>
      <PageHead title={t('Own profile')} trail={[['/batch', t('Batch')]]} />
      <BatchTabs tab="me" />
      <Problem text={problem === undefined ? undefined : told(problem)} />
      {made === undefined ? null : (
        <Section
          id="made"
          title={t('Your new token')}
          note={t('It is shown this once. Keep it as you keep a password.')}
        >
          <code class="break">{made}</code>
        </Section>
      )}
      {user === undefined ? (
        <Section id="profile" title={name}>
          <p>
            <Say
              text="You have no account here: the server trusts everybody, or you hold a token of its operator. {link} with a name and a password to have tokens of your own."
              link={<a href="/login">{t('Log in')}</a>}
            />
          </p>
        </Section>
      ) : (
        <>
          <Section id="profile" title={user.name}>
            <Facts
              facts={[
                [t('Role'), user.admin ? t('Administrator') : t('User')],
                [t('Virtual clusters'), user.clusters.join(', ')],
                [t('Groups'), user.groups.join(', ') || '–'],
              ]}
            />
          </Section>
          <Tokens tokens={tokens} now={now} />
          <div class="halves">
            <form class="stacked" method="post" action="/batch/me/password">
              <Section
                id="password-form"
                title={t('Password')}
                note={t('A new password ends every session.')}
              >
                <div class="fields">
                  <PasswordField name="oldPassword" label={t('Password so far')} current />
                  <PasswordField name="newPassword" label={t('New password')} />
                </div>
                <div class="actions">
                  <button type="submit" class="button plain">
                    {t('Save')}
                  </button>
                </div>
              </Section>
            </form>
            <form class="stacked" method="post" action="/batch/me/email">
              <Section id="email-form" title={t('Email')}>
                <div class="fields">
                  <TextField name="email" label={t('Email')} value={user.email} />
                </div>
                <div class="actions">
                  <button type="submit" class="button plain">
                    {t('Save')}
                  </button>
                </div>
              </Section>
            </form>
          </div>
        </>
      )}
    </>
  )
}

function Tokens({ tokens, now }: { tokens: readonly ShownToken[]; now: number }) {
  return (
    <Section
      id="tokens"
      title={t('Tokens')}
      aside={
        tokens.length > 1 ? (
          <PostButton
            action="/batch/me/tokens/revoke-all"
            small
            tone="danger"
            confirm={t('Revoke all tokens but that of this session?')}
          >
            {t('Revoke all others')}
          </PostButton>
        ) : undefined
      }
    >
      <form class="add-token" method="post" action="/batch/me/tokens">
        <div class="field">
          <label htmlFor="label">{t('What the token is for')}</label>
          <input id="label" name="label" type="text" maxlength={100} autocomplete="off" />
        </div>
        <button type="submit" class="button plain">
          {t('New token for a program')}
        </button>
      </form>
      <ListTable
        caption={t('Tokens')}
        items={tokens}
        columns={[
          {
            head: t('Name'),
            cell: ({ id, label, application, own }) => (
              <span class="job-cell">
                <span class="break">
                  {label || (application ? t('For a program') : t('Session'))}
                </span>
                <span class="muted">
                  <code>{id.slice(0, 12)}</code>
                  {own ? ` · ${t('this session')}` : ''}
                </span>
              </span>
            ),
          },
          { head: t('Made'), cell: ({ createdAt }) => <Ago at={createdAt} now={now} /> },
          {
            head: t('Last used'),
            cell: ({ usedAt }) => (usedAt === null ? t('never') : <Ago at={usedAt} now={now} />),
          },
          {
            head: t('Runs out'),
            cell: ({ expiresAt }) =>
              expiresAt === null ? t('never') : <Ago at={expiresAt} now={now} />,
          },
          {
            head: t('Actions'),
            kind: 'action',
            cell: ({ id, label }) => (
              <PostButton
                action="/batch/me/tokens/revoke"
                small
                tone="danger"
                fields={{ id }}
                confirm={t('Revoke this token?')}
              >
                {t('Revoke')}
                <span class="visually-hidden"> {label || id.slice(0, 12)}</span>
              </PostButton>
            ),
          },
        ]}
      />
    </Section>
  )
}
