/**
 * The templates of the OpenPAI job protocol: `<% $parameters.lr %>` in commands.
 * @module
 */

/** What templates may name: `parameters`, `secrets`, and a role's `script`, `data` and `output`. */
export type PaiScope = Readonly<Record<string, unknown>>

const TAG = /<%\s*(\S(?:.*?\S)?)\s*%>/g
const NAME = /^\$([A-Za-z_]\w*)((?:\.[A-Za-z0-9_-]+|\[\d+\])*)$/
const STEP = /\.([A-Za-z0-9_-]+)|\[(\d+)\]/g

/** The text with every name that the scope knows replaced by its value; others stay as they are. */
export function renderPai(text: string, scope: PaiScope): string {
  return text.replaceAll(TAG, (tag, name: string) => {
    const value = lookUp(name, scope)
    if (value === undefined || value === null) return tag
    return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number)
  })
}

function lookUp(name: string, scope: PaiScope): unknown {
  const match = NAME.exec(name)
  if (!match) return undefined
  let value = own(scope, match[1])
  for (const [, key, index] of match[2].matchAll(STEP)) value = own(value, key ?? index)
  return value
}

function own(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined
}
