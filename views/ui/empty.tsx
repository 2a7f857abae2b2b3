/**
 * What stands where there is nothing yet, with what to do next.
 * @module
 */
import type { Child } from 'hono/jsx'

/** A sentence instead of an empty list, and a way on. */
export function Empty({ title, children }: { title: string; children?: Child }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children === undefined ? null : <div class="empty-next">{children}</div>}
    </div>
  )
}
