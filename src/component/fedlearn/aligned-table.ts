/**
 * Tables whose rows are the same at all parties.
 * @module
 */
import type { TaskContext } from '../define.ts'
import { openTable, type OpenTable } from '../linear/lr-inputs.ts'
import { alignGuest, alignHost } from '../linear/row-alignment.ts'

/** The table in a slot, of the same rows at all parties. */
export async function openAligned(
  context: TaskContext,
  slot: Parameters<typeof openTable>[1]['slot'],
  header?: readonly string[],
): Promise<OpenTable> {
  const table = await openTable(context, header ? { slot, header } : { slot })
  if (context.role === 'guest') await alignGuest(context, table.ids)
  else if (table.header.length > 0) {
    await alignHost(context, { ids: table.ids, columns: table.header.length })
  } else throw new Error(`The table of ${context.channel.self} has no features`)
  return table
}
