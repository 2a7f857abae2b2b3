/**
 * htmx attributes that JSX cannot spell or that are used in several places.
 * @module
 */

/** Asks `url` again every two seconds and lays the answer over this element, keeping focus and scroll. */
export function poll(url: string): Record<string, string> {
  return {
    'hx-get': url,
    'hx-trigger': 'every 2s',
    'hx-target': 'this',
    'hx-swap': 'outerMorph',
  }
}

/** One connection through which the server sends whatever changes on the page, until it says that all is done. */
export function live(url: string): Record<string, string> {
  return { 'hx-sse:connect': url, 'hx-sse:close': 'done', 'hx-swap': 'none' }
}
