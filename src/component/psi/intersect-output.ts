/**
 * What an intersection leaves behind at a party.
 * @module
 */
import { takeRows, type Frame } from '../../compute/ml/frame.ts'
import { compareText } from '../../compute/text.ts'
import type { MethodContext } from './protocol.ts'

/** Writes the rows of the common ids, sorted by id so that all parties end in the same order. */
export async function output(
  context: MethodContext,
  frame: Frame,
  common: Int32Array,
): Promise<void> {
  const { params } = context
  const order = common.toSorted((a, b) => compareText(frame.ids[a], frame.ids[b]))
  const taken = takeRows(frame, order)
  const { kind, idName, ids } = taken
  await context.writeTable(params.only_output_key ? { kind, idName, ids, columns: [] } : taken)

  await report(context, { count: common.length, rows: frame.ids.length })
}

/** The number of common ids, as metric, model and line of the log. */
export async function report(
  context: MethodContext,
  { count, rows }: { readonly count: number; readonly rows: number },
): Promise<void> {
  const { params } = context
  const rate = count === 0 ? 0 : count / rows
  context.metric({
    namespace: 'train',
    name: 'intersection',
    points: [
      ['intersect_count', count],
      ['intersect_rate', rate],
    ],
    meta: { name: 'intersection', metric_type: 'INTERSECTION' },
  })
  await context.writeModel({
    name: 'IntersectModel',
    param: { intersectCount: count, intersectRate: rate },
    meta: { intersectMethod: params.intersect_method },
  })
  context.log('info', `${count} of ${rows} ids are common to all parties`)
}
