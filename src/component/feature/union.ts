/**
 * Puts tables of the same columns one under the other (FATE's Union).
 * @module
 */
import { z } from 'zod'

import { type Column, type Frame, takeRows } from '../../compute/ml/frame.ts'
import { component, type InputTable } from '../define.ts'
import { DATA_SLOTS } from '../input.ts'
import { warnOfUnknown } from '../param.ts'
import { PrivateFault } from '../private-fault.ts'

/** Parameters of Union. */
export const UnionParam = z.looseObject({
  /** Whether rows may lack values. */
  allow_missing: z.boolean().default(false),
  /** Whether a row whose id was there before is kept, under an id of its own, or left out. */
  keep_duplicate: z.boolean().default(false),
  need_run: z.boolean().default(true),
})

/** Works on the party's own tables; nothing is sent. */
export const union = component({
  name: 'Union',
  summary: 'Puts tables of the same columns one under the other',
  roles: ['guest', 'host'],
  requires: [],
  params: UnionParam,
  paramsName: 'UnionParam',
  inputs: { data: DATA_SLOTS, model: [] },
  outputs: { data: true, model: false },
  deployed: true,
  online: 'pass',
  messages: {},
  async run(context) {
    warnOfUnknown(context, UnionParam)
    const tables: InputTable[] = []
    for (const slot of context.connected.data) tables.push(...(await context.tables(slot)))
    if (tables.length === 0) throw new Error(`${context.name} has no tables to put together`)
    for (const { frame, source } of tables.slice(1)) requireSame(tables[0], { frame, source })
    const joined = concat(tables.map(({ frame }) => frame))
    const { frame, repeated } = context.params.keep_duplicate
      ? renameRepeated(joined)
      : dropRepeated(joined)
    if (!context.params.allow_missing) requireComplete(frame)
    context.metric({
      namespace: 'train',
      name: 'union',
      points: [['count', frame.ids.length]],
      meta: { name: 'union', metric_type: 'UNION' },
    })
    await context.writeTable(frame)
    const fate = context.params.keep_duplicate ? 'renamed' : 'left out'
    context.log('info', `${frame.ids.length} rows; ${repeated} of an id seen before, ${fate}`)
    context.progress(1, 1)
  },
})

function requireSame(first: InputTable, other: InputTable): void {
  const shape = ({ frame }: InputTable): string =>
    JSON.stringify([
      frame.kind,
      frame.labelName ?? null,
      ...frame.columns.map(({ name, type }) => [name, type]),
    ])
  if (shape(first) === shape(other)) return
  const names = ({ frame }: InputTable): string =>
    frame.columns.map(({ name }) => name).join(', ') || 'no columns'
  throw new Error(
    `Tables must have the same columns in the same order: ${first.source} has ${names(first)}, ` +
      `${other.source} has ${names(other)}`,
  )
}

function concat(frames: readonly Frame[]): Frame {
  const [first] = frames
  return {
    ...first,
    ids: frames.flatMap(({ ids }) => ids),
    columns: first.columns.map((column, at): Column => {
      const all = frames.flatMap(({ columns }): unknown[] => [...columns[at].values])
      if (column.type === 'number') return { ...column, values: Float64Array.from(all, Number) }
      if (column.type === 'text') return { ...column, values: all.map(String) }
      return { ...column, values: all }
    }),
  }
}

function dropRepeated(frame: Frame): { frame: Frame; repeated: number } {
  const seen = new Set<string>()
  const rows = frame.ids.flatMap((id, row) => {
    if (seen.has(id)) return []
    seen.add(id)
    return [row]
  })
  return { frame: takeRows(frame, rows), repeated: frame.ids.length - rows.length }
}

function renameRepeated(frame: Frame): { frame: Frame; repeated: number } {
  const taken = new Set(frame.ids)
  const seen = new Set<string>()
  let repeated = 0
  const ids = frame.ids.map((id) => {
    let own = id
    for (let times = 1; seen.has(own); times++) {
      own = `${id}_${times}`
      // A name that another row has from the start stays with that row.
      if (taken.has(own)) own = id
    }
    if (own !== id) repeated++
    seen.add(own)
    return own
  })
  return { frame: { ...frame, ids }, repeated }
}

function requireComplete(frame: Frame): void {
  for (const column of frame.columns) {
    if (column.type !== 'number') continue
    const row = column.values.findIndex((value) => Number.isNaN(value))
    if (row < 0) continue
    throw new PrivateFault(
      `Column "${column.name}" has no value in row "${frame.ids[row]}": set allow_missing, or fill it first`,
      'A column lacks values: set allow_missing, or fill it first',
    )
  }
}
