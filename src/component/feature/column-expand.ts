/**
 * Appends columns of one value each (FATE's ColumnExpand).
 * @module
 */
import { z } from 'zod'

import { component } from '../define.ts'
import { DATA_SLOTS, dataInput, earlierState } from '../input.ts'
import { warnOfUnknown, word } from '../param.ts'

/** Parameters of ColumnExpand. */
export const ColumnExpandParam = z.looseObject({
  /** Names of the new columns. */
  append_header: z
    .union([z.string(), z.string().array()])
    .nullable()
    .default(null)
    .transform((names) => (typeof names === 'string' ? [names] : (names ?? [])))
    .pipe(z.string().array()),
  method: word(['manual']).default('manual'),
  /** One number, or one a new column. */
  fill_value: z.union([z.number(), z.number().array()]).default(1e-8),
  need_run: z.boolean().default(true),
})

/** What a fit fixed. */
interface ExpandState {
  readonly names: readonly string[]
  readonly values: readonly number[]
}

/** Works on the party's own table; nothing is sent. */
export const columnExpand = component({
  name: 'ColumnExpand',
  summary: 'Appends columns of one value each',
  roles: ['guest', 'host'],
  requires: [],
  params: ColumnExpandParam,
  paramsName: 'ColumnExpandParam',
  inputs: { data: DATA_SLOTS, model: ['model'] },
  outputs: { data: true, model: true },
  deployed: true,
  online: 'alone',
  messages: {},
  async run(context) {
    warnOfUnknown(context, ColumnExpandParam)
    const { frame } = await dataInput(context)
    const state =
      (await earlierState<ExpandState>(context, 'ColumnExpand')) ?? stateOfParams(context.params)
    const taken = state.names.find((name) => frame.columns.some((column) => column.name === name))
    if (taken !== undefined) {
      throw new Error(`The table has a column "${taken}" already: choose another append_header`)
    }
    const added = state.names.map((name, at) => {
      const values = new Float64Array(frame.ids.length).fill(state.values[at])
      return { name, type: 'number', values } as const
    })
    const columns = [...frame.columns, ...added]
    await context.writeModel({
      name: 'ColumnExpand',
      param: { header: columns.flatMap(({ name }) => (name === frame.labelName ? [] : [name])) },
      meta: {
        appendHeader: [...state.names],
        method: 'manual',
        fillValue: state.values.map(String),
        needRun: true,
      },
      state,
    })
    await context.writeTable({ ...frame, columns })
    context.progress(1, 1)
  },
})

function stateOfParams(params: z.output<typeof ColumnExpandParam>): ExpandState {
  const { append_header: names, fill_value } = params
  if (new Set(names).size < names.length) throw new Error('append_header has one name twice')
  if (typeof fill_value === 'number') return { names, values: names.map(() => fill_value) }
  if (fill_value.length === names.length) return { names, values: fill_value }
  throw new Error(
    `fill_value has ${fill_value.length} entries for ${names.length} columns: give one number, or one a column`,
  )
}
