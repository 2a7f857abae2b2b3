/**
 * The parts that pages are made of: a heading with actions, and titled sections.
 * @module
 */
import type { Child } from 'hono/jsx'

import { t } from '../text/say.tsx'

/** The heading of a page, with the way back above it and what can be done beside it. */
export function PageHead(props: {
  title: Child
  lead?: Child
  trail?: readonly (readonly [href: string, label: string])[]
  actions?: Child
}) {
  return (
    <div class="page-head">
      <div>
        {props.trail ? (
          <nav class="trail" aria-label={t('Breadcrumb')}>
            {props.trail.map(([href, label]) => (
              <a href={href}>{label}</a>
            ))}
          </nav>
        ) : null}
        <h1>{props.title}</h1>
        {props.lead === undefined ? null : <p class="lead">{props.lead}</p>}
      </div>
      {props.actions === undefined ? null : <div class="actions">{props.actions}</div>}
    </div>
  )
}

/** A titled card; its id is what links and live updates aim at. */
export function Section(props: {
  id: string
  title: string
  note?: Child
  aside?: Child
  children?: Child
}) {
  return (
    <section class="card" id={props.id} aria-labelledby={`${props.id}-title`}>
      <div class="card-head">
        <h2 id={`${props.id}-title`}>{props.title}</h2>
        {props.aside === undefined ? null : <div class="card-aside">{props.aside}</div>}
      </div>
      {props.note === undefined ? null : <p class="note">{props.note}</p>}
      {props.children}
    </section>
  )
}

/** A button that posts to `action`; works with and without scripts. */
export function PostButton(props: {
  action: string
  tone?: 'primary' | 'danger' | 'plain'
  small?: boolean
  confirm?: string
  fields?: Record<string, string>
  children: Child
}) {
  return (
    <form method="post" action={props.action} class="inline" hx-confirm={props.confirm}>
      {Object.entries(props.fields ?? {}).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <button type="submit" class={`button ${props.tone ?? 'plain'}${props.small ? ' small' : ''}`}>
        {props.children}
      </button>
    </form>
  )
}

/** How much is done. */
export function Progress({ percent, label }: { percent: number; label: string }) {
  return (
    <span class="progress">
      <progress max={100} value={percent} aria-label={label}></progress>
      <span class="number" aria-hidden="true">
        {Math.round(percent)} %
      </span>
    </span>
  )
}
