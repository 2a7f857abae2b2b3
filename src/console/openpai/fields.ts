/**
 * Forms with boxes: a name may come several times.
 * @module
 */
import type { Context } from 'hono'

export interface Fields {
  /** The one text of that name; empty where there is none. */
  text(name: string): string
  /** All of that name. */
  all(name: string): string[]
}

/** What a form sent. */
export async function fieldsOf(c: Context): Promise<Fields> {
  const form = await c.req.parseBody({ all: true })
  const all = (name: string) =>
    [Object.hasOwn(form, name) ? form[name] : []]
      .flat()
      .filter((value): value is string => typeof value === 'string')
  return { all, text: (name) => all(name).at(-1) ?? '' }
}
