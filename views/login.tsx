/**
 * The page that asks for a name with a password, or for a token.
 * @module
 */
import { Say, t } from './text/say.tsx'
import { Field } from './ui/field.tsx'

/** Shown to browsers that have no valid token yet; `to` is the page that they wanted. */
export function LoginPage(props: { to?: string; problem?: string; account?: string }) {
  const { to, problem, account } = props
  const back = to === undefined ? null : <input type="hidden" name="to" value={to} />
  return (
    <>
      <h1>{t('Log in')}</h1>
      <form method="post" action="/login" class="form" hx-boost="false">
        {back}
        <Field
          name="username"
          label={t('User')}
          error={account}
          control={(tie) => <input {...tie} type="text" autocomplete="username" required />}
        />
        <Field
          name="password"
          label={t('Password')}
          control={(tie) => (
            <input {...tie} type="password" autocomplete="current-password" required />
          )}
        />
        <button type="submit" class="button primary">
          {t('Log in')}
        </button>
      </form>
      <h2>{t('Or with a token')}</h2>
      <p>
        <Say
          text="This server asks for a token. Its operator makes one with {code}."
          code={<code>npm run cli -- token create user</code>}
        />
      </p>
      <form method="post" action="/login" class="form" hx-boost="false">
        {back}
        <Field
          name="token"
          label={t('Token')}
          error={problem}
          control={(tie) => <input {...tie} type="password" autocomplete="off" required />}
        />
        <button type="submit" class="button plain">
          {t('Log in')}
        </button>
      </form>
    </>
  )
}
