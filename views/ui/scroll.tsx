/**
 * A box that scrolls what does not fit, by pointer and by keyboard.
 * @module
 */
import type { Child } from 'hono/jsx'

/** The box; `label` says what is inside to those who reach it by keyboard. */
export function ScrollBox(props: { label: string; class: string; children?: Child }) {
  return (
    // Without a tab stop the keyboard cannot scroll it in every browser; a section would be one more part of the page.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex, jsx-a11y/prefer-tag-over-role
    <div class={props.class} role="region" aria-label={props.label} tabindex={0}>
      {props.children}
    </div>
  )
}
