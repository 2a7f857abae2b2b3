/**
 * Passwords of sources: the list of data sets says where one is, never what it is.
 * @module
 */
import { readFile } from 'node:fs/promises'

import { z } from 'zod'

/** Where a password is: in a variable of the runner's environment, or in a file, whose first line it is. */
export const Secret = z.union([
  z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/) }),
  z.strictObject({ file: z.string().min(1) }),
])

/** A secret as an entry holds it; `text` is what a variable says. */
export type HeldSecret =
  | { readonly env: string; readonly text?: string }
  | { readonly file: string }

/** The secret itself; a file is read each time, as passwords are changed. Throws a sentence without the secret. */
export async function openSecret(
  secret: HeldSecret | undefined,
  dataset: string,
): Promise<string | undefined> {
  if (secret === undefined) return undefined
  if ('env' in secret) {
    if (secret.text !== undefined && secret.text !== '') return secret.text
    throw new Error(
      `The password of data set "${dataset}" is missing: set ${secret.env} in the environment of its runner`,
    )
  }
  const text = await readFile(secret.file, 'utf8').catch((error: unknown) => {
    const { code } = error as { code?: string }
    throw new Error(
      `The password of data set "${dataset}" cannot be read (${code}): see the file that its runner's list names`,
    )
  })
  const [first] = text.split(/\r?\n/, 1)
  if (first !== '') return first
  throw new Error(`The file with the password of data set "${dataset}" is empty: put it there`)
}

/**
 * An error of a driver as a sentence: what kind it is, and neither address nor password, as reasons are kept at the
 * server. Its cause says more, without the password, to whoever looks into the runner.
 */
export function sourceError(
  error: unknown,
  { name, secret }: { readonly name: string; readonly secret?: string | undefined },
): Error {
  if (error instanceof SourceError) return error
  const { code, errno, message } = error as { code?: unknown; errno?: unknown; message?: unknown }
  const said = typeof code === 'string' ? code : typeof errno === 'number' ? String(errno) : ''
  const kind = /^[A-Za-z0-9_]{1,40}$/.test(said) ? ` (${said})` : ''
  const text = typeof message === 'string' ? message : String(error)
  const masked = secret === undefined || secret === '' ? text : text.replaceAll(secret, '***')
  return new SourceError(
    `The table of data set "${name}" cannot be read${kind}: see the list of data sets of its runner`,
    { cause: new Error(masked) },
  )
}

/** A fault of a source that is already a sentence for everybody. */
export class SourceError extends Error {}
