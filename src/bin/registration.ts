/**
 * What `weft-runner register` keeps in the data directory: the server, the token and the parties of the runner.
 * @module
 */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { z } from 'zod'

import { writeAtomically } from '../runner/data/file.ts'

const FILE = 'runner.json'

const Registration = z.strictObject({
  server: z.url(),
  token: z.string().min(1).nullable(),
  parties: z.array(z.string().min(1)).min(1),
})

/** A runner's place at its server. */
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
    throw error
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
  await writeAtomically(path, async (file) => {
    await file.chmod(0o600)
    await file.writeFile(`${JSON.stringify(entry, null, 2)}\n`)
  })
  return path
}

/** The registration as the environment variables that say the same. */
export function registrationEnv(entry: Registration | undefined): Record<string, string> {
  if (entry === undefined) return {}
  return {
    WEFT_SERVER_URL: entry.server,
    WEFT_PARTIES: entry.parties.join(','),
    ...(entry.token === null ? {} : { WEFT_SERVER_TOKEN: entry.token }),
  }
}
