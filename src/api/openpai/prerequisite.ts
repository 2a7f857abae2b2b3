/**
 * Data and scripts of a job: what its runner is to provide before the first command, and what is refused or left alone.
 * @module
 */
import type { Db } from '../../db/type.ts'
import type { Principal } from '../../domain/principal.ts'
import type { Prerequisite } from '../../domain/work.ts'
import type { PaiJob, PaiRole, PaiWanted } from '../../flow/parse/pai-job.ts'
import {
  PAI_SOURCES,
  type PaiSource,
  paiSourceNames,
  readPaiSource,
} from '../../flow/parse/pai-source.ts'
import { requireStorage } from './caller.ts'
import { PaiFault } from './fault.ts'

/** What the roles of a job find when they begin. */
export interface Prerequisites {
  /** By role. */
  readonly of: ReadonlyMap<string, readonly Prerequisite[]>
  readonly warnings: readonly string[]
}

/**
 * Reads them. What nobody here can fetch is refused, unless the commands of the role name the uri: then it is theirs, as
 * in the original, and a warning says so. Throws a PaiFault, also for a storage that is not there or not the caller's.
 */
export async function readPrerequisites(
  db: Db,
  caller: Principal,
  { job, storages }: { job: PaiJob; storages: ReadonlyMap<string, string> },
): Promise<Prerequisites> {
  const names = new Set(storages.keys())
  const warnings = new Set(job.roles.flatMap(unusedOutputs))
  const of = new Map(
    job.roles.map((role) => [
      role.name,
      role.wanted.flatMap((wanted) => {
        const sources = sourcesOf(wanted, { names, warnings })
        return sources.length === 0 ? [] : [prerequisiteOf(wanted, sources)]
      }),
    ]),
  )
  for (const name of new Set([...of.values()].flatMap(prerequisiteStorages))) {
    if (!names.has(name)) throw new PaiFault(404, 'NoStorageError', `Storage ${name} is not found.`)
    await requireStorage(db, caller, name)
  }
  return { of, warnings: [...warnings] }
}

/** The storages that they come from. */
export function prerequisiteStorages(all: readonly Prerequisite[]): string[] {
  return all.flatMap(({ entries }) =>
    entries.flatMap(({ from }) => (from.kind === 'storage' ? [from.storage] : [])),
  )
}

/** Lines of a script that say where they are; a second one of a type is below the common folder. */
export function prerequisiteFolders(all: readonly Prerequisite[]): string {
  if (all.length === 0) return ''
  const lines = (['data', 'script'] as const).flatMap((type) => {
    const first = all.find((one) => one.type === type)
    return first
      ? [`export PAI_${type.toUpperCase()}_DIR="$PAI_PREREQUISITES_DIR/${type}/${first.name}"`]
      : []
  })
  return ['export PAI_PREREQUISITES_DIR="$PWD/prerequisites"', ...lines, ''].join('\n')
}

/** The protocol has the commands write there: a place that none of them names stays empty. */
function unusedOutputs({ name: role, unused }: PaiRole): string[] {
  return unused.map(
    ({ name, uris: [uri = ''] }) =>
      `prerequisites: output "${name}" has the uri "${uri.slice(0, 200)}", which no command of role "${role}" names: nothing is written there by itself, so write there in the commands as <% $output.uri %>`,
  )
}

function sourcesOf(
  { prerequisite, named }: PaiWanted,
  { names, warnings }: { names: ReadonlySet<string>; warnings: Set<string> },
): PaiSource[] {
  const { type, name, uris, fields } = prerequisite
  return uris.flatMap((uri) => {
    const source = readPaiSource(uri, { storages: names, version: fields.version })
    if (source) return [source]
    const what = `prerequisites: ${type} "${name}" has the uri "${uri.slice(0, 200)}"`
    if (!named)
      throw new PaiFault(
        400,
        'InvalidProtocolError',
        `${what}, which cannot be fetched or mounted: use ${PAI_SOURCES}; or let the commands fetch it and name it there as <% $${type}.uri${type === 'data' ? '[0]' : ''} %>`,
      )
    warnings.add(`${what}, which is left to the commands that name it: nothing is fetched for it`)
    return []
  })
}

function prerequisiteOf(
  { prerequisite: { type, name } }: PaiWanted,
  sources: readonly PaiSource[],
): Prerequisite {
  const names = paiSourceNames(sources)
  return {
    type: type === 'data' ? 'data' : 'script',
    name,
    entries: sources.map((from, index) => ({ name: names[index], from })),
  }
}
