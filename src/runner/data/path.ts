/**
 * Where things lie under a data directory. Every name becomes one path segment that cannot escape:
 *
 *     tables/<party, or @shared>/<namespace>/<name>.arrow
 *     jobs/<job>/<role>_<party>/<node>/data.arrow, and data@<output>.arrow for further tables
 *     jobs/<job>/<role>_<party>/<node>/model.json
 *     jobs/<job>/<role>_<party>/<node>/checkpoint/<step>.json
 *     jobs/<job>/<role>_<party>/<node>/scratch/<name>
 *
 * All locations are relative to the data directory, with `/` between their segments.
 * @module
 */
import { createHash } from 'node:crypto'

const LONGEST = 120
const SHARED = '@shared'

/** A table that a party has uploaded; `party` null is the table of everybody on this machine. */
export interface TableKey {
  readonly party: string | null
  readonly namespace: string
  readonly name: string
}

/** What one node of a job left at one role of one party. */
export interface OutputKey {
  readonly jobId: string
  readonly role: string
  readonly party: string
  readonly node: string
}

/** Where an uploaded table lies. */
export function tableLocation(key: TableKey): string {
  const owner = key.party === null ? SHARED : segment(key.party)
  return `tables/${owner}/${segment(key.namespace)}/${segment(key.name)}.arrow`
}

/** Where a node's output lies; `output` names a table beside the first. */
export function outputLocation(key: OutputKey, kind: 'table' | 'model', output?: string): string {
  if (kind === 'model') return `${nodeFolder(key)}/model.json`
  return `${nodeFolder(key)}/data${output === undefined ? '' : `@${segment(output)}`}.arrow`
}

/** The folder of what a node keeps while it works. */
export function checkpointFolder(key: OutputKey): string {
  return `${nodeFolder(key)}/checkpoint`
}

/** The folder of what a node has no room for in memory while it works. */
export function scratchFolder(key: OutputKey): string {
  return `${nodeFolder(key)}/scratch`
}

function nodeFolder({ jobId, role, party, node }: OutputKey): string {
  return `jobs/${segment(jobId)}/${segment(role)}_${segment(party)}/${segment(node)}`
}

/**
 * A name as one path segment: small letters, digits and `-` stay, every other byte becomes `%xx`. Different names
 * give different segments even where the file system ignores case; a name too long for a file ends in its hash.
 */
export function segment(name: string): string {
  if (name === '') return '%'
  const bytes = new TextEncoder().encode(name)
  const text = Array.from(bytes, (byte) =>
    PLAIN.test(String.fromCharCode(byte))
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).padStart(2, '0')}`,
  ).join('')
  if (text.length <= LONGEST) return text
  return `${text.slice(0, LONGEST - 65)}~${createHash('sha256').update(bytes).digest('hex')}`
}

const PLAIN = /^[a-z0-9-]$/
