/**
 * Splits tables whose columns several parties hold into training, validation and test, the same rows at every party
 * (FATE's HeteroDataSplit).
 * @module
 */
import { blob } from '../../federation/codec.ts'
import { component, type TaskContext } from '../define.ts'
import { DATA_SLOTS, dataInput, headerOf } from '../input.ts'
import {
  alignGuest,
  alignHost,
  ALIGNMENT_MESSAGES,
  guestOf,
  hostsOf,
  sortRows,
} from '../linear/row-alignment.ts'
import { warnOfUnknown } from '../param.ts'
import { DataSplitParam, dealRows, SPLIT_TABLES, writeSplit } from './data-split.ts'

/** The guest deals rows out and tells the hosts. */
export const heteroDataSplit = component({
  name: 'HeteroDataSplit',
  summary: 'Splits rows into training, validation and test, the same ones at every party',
  roles: ['guest', 'host'],
  requires: ['guest'],
  params: DataSplitParam,
  paramsName: 'HeteroDataSplitParam',
  inputs: { data: DATA_SLOTS, model: [] },
  outputs: { data: true, model: false, tables: SPLIT_TABLES },
  deployed: false,
  messages: {
    ...ALIGNMENT_MESSAGES,
    split_rows: {
      kind: 'plain',
      from: ['guest'],
      to: ['host'],
      reveals: 'Which rows go to which table, by their places in the order of ids.',
    },
  },
  async run(context) {
    warnOfUnknown(context, DataSplitParam)
    const { frame } = await dataInput(context)
    const { order, ids } = sortRows(frame, context.channel.self)
    const around = { ids, columns: headerOf(frame).length }
    if (context.role === 'host') {
      await writeSplit(context, frame, { order, dealt: await receiveDeal(context, around) })
      return
    }
    const dealt = dealRows(frame, { order, params: context.params })
    await alignGuest(context, ids)
    for (const host of hostsOf(context)) {
      await context.channel.send(host, 'split_rows', blob.encode(dealt))
    }
    await writeSplit(context, frame, { order, dealt })
  },
})

async function receiveDeal(
  context: TaskContext,
  around: { ids: readonly string[]; columns: number },
): Promise<Uint8Array> {
  await alignHost(context, around)
  const guest = guestOf(context)
  const dealt = blob.decode(await context.channel.receive(guest, 'split_rows'))
  const known = dealt.every((table) => table < SPLIT_TABLES.length)
  if (known && dealt.length === around.ids.length) return dealt
  throw new Error(`${guest} sent malformed split_rows`)
}
