/**
 * The page that asks for a token.
 * @module
 */
import { Say, t } from './text/say.tsx'
import { Field } from './ui/field.tsx'

/** Shown to browsers that have no valid token yet. */
export function LoginPage({ problem }: { problem?: string }) {
  return (
    <>
      <h1>{t('Log in')}</h1>
      <p>
        <Say
          text="This server asks for a token. Its operator makes one with {code}."
          code={<code>npm run cli -- token create user</code>}
        />
      </p>
      <form method="post" action="/login" class="form" hx-boost="false">
        <Field
          name="token"
          label={t('Token')}
          error={problem}
          control={(tie) => (
            <input {...tie} type="password" autocomplete="current-password" required />
          )}
        />
        <button type="submit" class="button primary">
          {t('Log in')}
        </button>
      </form>
    </>
  )
}
