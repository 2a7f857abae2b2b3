/**
 * What `weft-runner register` keeps in the data directory: the server, the token and the parties of the runner.
 * @module
 */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { z } from 'zod'

import { writeAtomically } from '../runner/data/file.ts'
import { unusable } from '../runner/data/site.ts'

const FILE = 'runner.json'

const Registration = z.union([
  z.strictObject({
    server: z.url(),
    token: z.string().min(1).nullable(),
    parties: z.array(z.string().min(1)).min(1),
  }),
  z.strictObject({
    server: z.url(),
    databaseToken: z.string().min(1),
    parties: z.array(z.string().min(1)).min(1).nullable(),
  }),
])

/** A runner's place at its server: behind the gateway, or, where it is trusted, on the database itself. */
export type Registration = z.infer<typeof Registration>

/** The registration in `dataDir`, or undefined. Throws when other users can read it, or when it is damaged. */
export async function readRegistration(dataDir: string): Promise<Registration | undefined> {
  const path = join(dataDir, FILE)
  let text: string
  try {
    const { mode } = await stat(path)
    if ((mode & 0o077) !== 0) {
      throw new Error(`Other users can read ${path}, which holds a token: run "chmod 600 ${path}"`)
    }
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw unusable(dataDir, error)
  }
  try {
    return Registration.parse(JSON.parse(text))
  } catch (cause) {
    throw new Error(`${path} holds no registration: run "weft-runner register" again`, { cause })
  }
}

/** Keeps the registration in `dataDir`, in a file that only this user can read; answers its path. */
export async function writeRegistration(dataDir: string, entry: Registration): Promise<string> {
  const path = join(dataDir, FILE)
  const text = `${JSON.stringify(entry, null, 2)}\n`
  await writeAtomically(path, (file) => file.writeFile(text), 0o600)
  return path
}

/** Where a server has its database for runners that it trusts. */
export function databaseUrl(server: string): string {
  return `${server.replace(/\/+$/, '')}/hrana`
}

/** The registration as the environment variables that say the same. */
export function registrationEnv(entry: Registration | undefined): Record<string, string> {
  if (entry === undefined) return {}
  const parties: Record<string, string> =
    entry.parties === null ? {} : { WEFT_PARTIES: entry.parties.join(',') }
  if ('databaseToken' in entry) {
    return {
      WEFT_DATABASE_URL: databaseUrl(entry.server),
      WEFT_DATABASE_TOKEN: entry.databaseToken,
      WEFT_APP_URL: entry.server,
      ...parties,
    }
  }
  return {
    WEFT_SERVER_URL: entry.server,
    ...parties,
    ...(entry.token === null ? {} : { WEFT_SERVER_TOKEN: entry.token }),
  }
}
