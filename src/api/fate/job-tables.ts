/**
 * The tables that a job's components read: which the configuration names, whose they are, and where they lie.
 * @module
 */
import type { Db } from '../../db/type.ts'
import { forbidden, invalid, notFound } from '../../domain/error.ts'
import { type DataTable, findTable } from '../../domain/table.ts'
import { type FateConf, type TableArgument, tableArguments } from '../../flow/parse/fate-conf.ts'
import type { FateComponent } from '../../flow/parse/fate-dsl.ts'

/** An argument of the configuration, and the table that it names. */
export interface BoundTable extends TableArgument {
  readonly table: DataTable
}

/** Every argument that components read, with the last of those that do. */
export function argumentKeys(components: readonly FateComponent[]): Map<string, string> {
  return new Map(
    components.flatMap(({ name, data }) =>
      data.flatMap(({ refs }) =>
        refs.flatMap((ref): [string, string][] => (ref.type === 'args' ? [[ref.key, name]] : [])),
      ),
    ),
  )
}

/** Finds the tables that the DSL asks for, and checks that their owners are those who use them. */
export async function bindTables(
  db: Db,
  conf: FateConf,
  keys: ReadonlyMap<string, string>,
): Promise<readonly BoundTable[]> {
  const args = tableArguments(conf).filter(({ key }) => keys.has(key))
  for (const [key, component] of keys) {
    if (args.some((arg) => arg.key === key)) continue
    const where =
      conf.version === 1
        ? `role_parameters.<role>.args.data.${key}`
        : `component_parameters.role.<role>.<index>.${component}.table`
    throw invalid(`Component ${component} reads args.${key}, which no role has: set ${where}`)
  }
  const known = new Map<string, DataTable>()
  const bound: BoundTable[] = []
  for (const arg of args) {
    const id = `${arg.namespace}.${arg.name}`
    const table = known.get(id) ?? (await findTable(db, arg))
    if (!table) {
      throw notFound(`table ${id} does not exist: upload it with POST /v1/data/upload`)
    }
    if (table.party !== null && table.party !== arg.party) {
      throw forbidden(
        `table ${id} belongs to party ${table.party}: ${arg.role} ${arg.party} cannot use it; name a table of its own ` +
          `in role_parameters.${arg.role}.args.data.${arg.key}`,
      )
    }
    known.set(id, table)
    bound.push({ ...arg, table })
  }
  return bound
}

/** The data directory of each role and party; tables of one party that lie in two cannot meet in one task. */
export function sitesOf(bound: readonly BoundTable[]): Map<string, string> {
  const sites = new Map<string, string>()
  for (const { role, party, key, table } of bound) {
    if (table.site === null) continue
    const place = `${role}:${party}`
    const known = sites.get(place)
    if (known !== undefined && known !== table.site) {
      throw invalid(
        `The tables of ${role} ${party} lie in two data directories: upload ${table.namespace}.${table.name} ` +
          `(args.${key}) again through the runner that holds the others`,
      )
    }
    sites.set(place, table.site)
  }
  return sites
}
