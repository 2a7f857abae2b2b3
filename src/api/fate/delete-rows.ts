/**
 * Deletes rows: at once where they are in this host's own data directory, else through the runner that holds them.
 * @module
 */
import { outputName } from '../../domain/catalog.ts'
import { forgetTables, type ForgottenTable, type TasksOf } from '../../domain/clean.ts'
import { requireDropper, submitDrop } from '../../domain/drop.ts'
import { invalid } from '../../domain/error.ts'
import type { Job } from '../../domain/job.ts'
import { type DataTable, dropTable } from '../../domain/table.ts'
import type { AppDeps } from '../deps.ts'
import { SURFACE } from './place.ts'

/** Deletes an uploaded table; answers the job that deletes its rows where they are elsewhere. */
export async function deleteTable(deps: AppDeps, table: DataTable): Promise<string | undefined> {
  const { db, files } = deps
  const { namespace, name, party, site } = table
  const what = `table ${namespace}.${name}`
  if (files?.dropTable && site !== null && site === files.site) {
    // First from the list: a table that is named must have its rows.
    await dropTable(db, { namespace, name })
    await files.dropTable({ party, namespace, name })
    return undefined
  }
  if (site === null) throw invalid(`Nobody knows where the rows of ${what} are: upload it again`)
  await requireDropper(db, { party, site, what })
  await dropTable(db, { namespace, name })
  const tables = [{ namespace, name }]
  return (await submitDrop(db, { surface: SURFACE, party, site, what, tables, outputs: [] })).id
}

/** Deletes what components of a job that is over have left; answers how many tables, and the jobs that delete the far ones. */
export async function deleteOutputs(
  deps: AppDeps,
  { job, ...of }: { job: Job } & Omit<TasksOf, 'jobId'>,
): Promise<{ tables: number; jobs: readonly string[] }> {
  const { db, files } = deps
  const own = ({ site }: ForgottenTable) => files?.dropOutput && site === files.site
  const what = `outputs of job ${job.id}`
  const forgotten = await forgetTables(db, { jobId: job.id, ...of }, async (trx, tables) => {
    for (const table of tables) {
      const { party, site } = table
      if (!own(table) && site !== null) await requireDropper(trx, { party, site, what })
    }
  })
  const modules = new Map(job.graph.map(({ name, module }) => [name, module]))
  const outputOf = ({ node, role, name }: ForgottenTable) => {
    const module = modules.get(node) ?? ''
    return { jobId: job.id, role, node, ...outputName(deps.catalog, { module, name }) }
  }
  for (const table of forgotten.filter(own)) {
    await files?.dropOutput?.({ ...outputOf(table), party: table.party })
  }
  const far = forgotten.filter((table) => !own(table) && table.site !== null)
  const jobs: string[] = []
  for (const group of Map.groupBy(far, ({ site, party }) => `${site} ${party}`).values()) {
    const [{ party, site }] = group
    const drop = { surface: SURFACE, party, site: site ?? '', what, tables: [] }
    jobs.push((await submitDrop(db, { ...drop, outputs: group.map(outputOf) })).id)
  }
  return { tables: forgotten.length, jobs }
}
