/**
 * Pages for what went wrong.
 * @module
 */

/** Says what is wrong, and where to go from there. */
export function ErrorPage(props: {
  status: number
  title: string
  message: string
  requestId?: string
}) {
  return (
    <div class="error-page">
      <p class="error-status">{props.status}</p>
      <h1>{props.title}</h1>
      <p class="lead">{props.message}</p>
      {props.requestId === undefined ? null : (
        <p class="note">
          Request <code>{props.requestId}</code>: the server’s log has the details under this id.
        </p>
      )}
      <p class="actions">
        <a class="button primary" href="/">
          Overview
        </a>
        <a class="button plain" href="/jobs">
          Jobs
        </a>
      </p>
    </div>
  )
}
