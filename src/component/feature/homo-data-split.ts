/**
 * Splits a party's own table into training, validation and test (FATE's HomoDataSplit).
 * @module
 */
import { component } from '../define.ts'
import { DATA_SLOTS, dataInput } from '../input.ts'
import { warnOfUnknown } from '../param.ts'
import { DataSplitParam, dealRows, SPLIT_TABLES, writeSplit } from './data-split.ts'

/** Works on the party's own table; nothing is sent. */
export const homoDataSplit = component({
  name: 'HomoDataSplit',
  summary: 'Splits the rows of each party into training, validation and test',
  roles: ['guest', 'host'],
  requires: [],
  params: DataSplitParam,
  paramsName: 'HomoDataSplitParam',
  inputs: { data: DATA_SLOTS, model: [] },
  outputs: { data: true, model: false, tables: SPLIT_TABLES },
  deployed: false,
  messages: {},
  async run(context) {
    warnOfUnknown(context, DataSplitParam)
    const { frame } = await dataInput(context)
    const order = Uint32Array.from(frame.ids, (_, row) => row)
    const dealt = dealRows(frame, { order, params: context.params })
    await writeSplit(context, frame, { order, dealt })
  },
})
