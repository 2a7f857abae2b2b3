/**
 * The flow units that runners have told of.
 * @module
 */
import { fromJson, toJson } from '../db/json.ts'
import type { Db, Trx } from '../db/type.ts'
import type { OfferedUnit, RunnerProfile } from './work.ts'

/** Remembers the units of a runner in place of those that its data directory had before. */
export async function keepUnits(
  trx: Trx,
  { site, units = [] }: Pick<RunnerProfile, 'site' | 'units'>,
  at: number,
): Promise<void> {
  await trx.deleteFrom('flow_unit').where('site', '=', site).execute()
  if (units.length === 0) return
  await trx
    .insertInto('flow_unit')
    .values(
      units.map(({ name, device, descriptor }) => {
        return { site, name, device, descriptor: toJson(descriptor), updated_at: at }
      }),
    )
    .execute()
}

/** Every unit that some runner has, or had when it was there last: the newest description of each. */
export async function listUnits(db: Db): Promise<OfferedUnit[]> {
  const rows = await db
    .selectFrom('flow_unit')
    .select(['name', 'device', 'descriptor'])
    .orderBy('name')
    .orderBy('device')
    .orderBy('updated_at', 'desc')
    .limit(10_000)
    .execute()
  return rows
    .filter((row, index) => {
      const before = rows[index - 1]
      return before?.name !== row.name || before.device !== row.device
    })
    .map(({ descriptor, ...row }) => ({ ...row, descriptor: fromJson(descriptor) }))
}
