/**
 * Identity keys and pins on disk: one small file each, written once and never over another.
 * @module
 */
import { chmod, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

import { isPublicKey, type KeyStore, type StoredIdentity } from '../federation/identity.ts'
import type { PinStore } from '../federation/pin.ts'
import { absent } from './absent.ts'

/** Key pairs of the own parties, `PARTY.json` in `dir`, readable by this user alone. */
export function diskKeys(dir: string): KeyStore {
  async function load(party: string): Promise<StoredIdentity | undefined> {
    const file = fileOf(dir, party)
    const found = await readJson(file)
    if (found === undefined) return undefined
    if (isStoredIdentity(found, party)) return found
    throw new Error(`${file} holds no identity of party ${party}: restore it from a backup`)
  }
  return {
    load,
    async add(identity) {
      await writeOnce(fileOf(dir, identity.party), identity)
      return (await load(identity.party)) ?? identity
    },
  }
}

/** Pinned keys of other parties, `PARTY.json` in `dir`. */
export function diskPins(dir: string): PinStore {
  async function find(party: string): Promise<string | undefined> {
    const file = fileOf(dir, party)
    const found = await readJson(file)
    if (found === undefined) return undefined
    if (
      isRecord(found) &&
      typeof found['identity'] === 'string' &&
      isPublicKey(found['identity'])
    ) {
      return found['identity']
    }
    throw new Error(`${file} holds no pinned key of party ${party}: restore it from a backup`)
  }
  return {
    find,
    async add(pin) {
      await writeOnce(fileOf(dir, pin.party), { ...pin, at: new Date().toISOString() })
      return (await find(pin.party)) ?? pin.identity
    },
    // The whole path is nobody else's business.
    place: (party) =>
      `${join(basename(dir), basename(fileOf(dir, party)))} in this runner's data directory`,
  }
}

/** A file name for any party id; `*` stands for every party. */
function fileOf(dir: string, party: string): string {
  const name = encodeURIComponent(party).replaceAll(
    /[*.]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return join(dir, `${name}.json`)
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch(absent)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Error(`${file} is not JSON: restore it from a backup`, { cause })
  }
}

/** Writes a whole file unless there is one; of several processes exactly one succeeds. */
async function writeOnce(file: string, value: object): Promise<void> {
  const dir = join(file, '..')
  await mkdir(dir, { recursive: true, mode: 0o700 })
  await chmod(dir, 0o700)
  const draft = `${file}.${crypto.randomUUID()}`
  await writeFile(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600, flush: true })
  try {
    // A link appears complete or not at all, and never replaces another file.
    await link(draft, file)
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error
  } finally {
    await rm(draft)
  }
}

function isStoredIdentity(value: unknown, party: string): value is StoredIdentity {
  return (
    isRecord(value) &&
    value['party'] === party &&
    typeof value['publicKey'] === 'string' &&
    isPublicKey(value['publicKey']) &&
    typeof value['privateKey'] === 'string'
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
