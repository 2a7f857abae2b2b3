/**
 * Pages for what went wrong.
 * @module
 */
import { type Word, Say, t, told } from './text/say.tsx'

/** Says what is wrong, and where to go from there. */
export function ErrorPage(props: {
  status: number
  title: Word
  message: string
  requestId?: string
}) {
  return (
    <div class="error-page">
      <p class="error-status">{props.status}</p>
      <h1>{t(props.title)}</h1>
      <p class="lead">{told(props.message)}</p>
      {props.requestId === undefined ? null : (
        <p class="note">
          <Say
            text="Request {code}: the server’s log has the details under this id."
            code={<code>{props.requestId}</code>}
          />
        </p>
      )}
      <p class="actions">
        <a class="button primary" href="/">
          {t('Overview')}
        </a>
        <a class="button plain" href="/jobs">
          {t('Jobs')}
        </a>
      </p>
    </div>
  )
}
