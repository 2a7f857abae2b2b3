/**
 * Brings an uploaded table into a version 2 graph (FATE's Reader).
 * @module
 */
import { z } from 'zod'

import { component } from '../define.ts'
import { warnOfUnknown } from '../param.ts'

/** Parameters of Reader. */
export const ReaderParam = z.looseObject({
  /** The uploaded table; whoever submits the job connects it to the slot `data`. */
  table: z.looseObject({ name: z.string(), namespace: z.string() }).nullable().default(null),
  need_run: z.boolean().default(true),
})

/** Hands the party's own table on; nothing is sent. */
export const reader = component({
  name: 'Reader',
  summary: 'Brings an uploaded table into the graph',
  roles: ['guest', 'host'],
  requires: [],
  params: ReaderParam,
  paramsName: 'ReaderParam',
  inputs: { data: ['data'], model: [] },
  outputs: { data: true, model: false },
  deployed: true,
  online: 'alone',
  messages: {},
  async run(context) {
    warnOfUnknown(context, ReaderParam)
    const tables = await context.tables('data')
    if (tables.length !== 1) {
      throw new Error(
        `${context.name} needs one uploaded table at ${context.channel.self}, got ${tables.length}: set its ` +
          'parameter table, or connect its slot "data" to args.<key>',
      )
    }
    const [{ frame }] = tables
    await context.writeTable(frame)
    context.metric({
      namespace: 'reader_namespace',
      name: 'reader_name',
      points: [['count', frame.ids.length]],
      meta: { name: 'reader', metric_type: 'DATA_ACCESS' },
    })
    context.progress(1, 1)
  },
})
