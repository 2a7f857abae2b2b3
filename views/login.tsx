/**
 * The page that asks for a token.
 * @module
 */
import { Layout } from './layout.tsx'
import { Field } from './ui/field.tsx'

/** Shown to browsers that have no valid token yet. */
export function LoginPage({ version, problem }: { version: string; problem?: string }) {
  return (
    <Layout title="Log in" path="/login" version={version}>
      <h1>Log in</h1>
      <p>
        This server asks for a token. Its operator makes one with{' '}
        <code>npm run cli -- token create user</code>.
      </p>
      <form method="post" action="/login" class="form" hx-boost="false">
        <Field
          name="token"
          label="Token"
          error={problem}
          control={(tie) => (
            <input {...tie} type="password" autocomplete="current-password" required />
          )}
        />
        <button type="submit" class="button primary">
          Log in
        </button>
      </form>
    </Layout>
  )
}
