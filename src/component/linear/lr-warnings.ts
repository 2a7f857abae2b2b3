/**
 * What makes a training of HeteroLR less private than it looks, said to the party that has something to lose.
 * @module
 */
import type { TaskContext } from '../define.ts'
import type { Batch } from './batches.ts'
import { hostsOf, type HostWidths } from './row-alignment.ts'

/** The key's owner must not hold data too, unless all of it is one party's trial. */
export function warnOfColludingArbiter(context: TaskContext): void {
  const { members, party } = context
  const keeper = members.arbiter?.[0]
  const both = [...(members.host ?? []), party]
  if (keeper === undefined || !both.includes(keeper)) return
  if (both.every((name) => name === keeper)) return
  context.warn(
    `Party ${keeper} is the arbiter and holds data too: as keeper of the key it could decrypt what the other data ` +
      'parties send it. Use a party without data as arbiter',
  )
}

/** A host with as many columns as a batch has rows could solve its gradients for the slope of every row. */
export function warnOfThinBatches(
  context: TaskContext,
  { batches, widths }: { batches: readonly Batch[]; widths: HostWidths },
): void {
  const least = Math.min(...batches.map(({ from, to }) => to - from))
  hostsOf(context).forEach((host, at) => {
    if (least > widths[at]) return
    context.warn(
      `A batch of ${least} rows is no larger than the ${widths[at]} columns of ${host}, which could work out ` +
        'the residual, hence the label, of every row: use batch_size -1 or more rows',
    )
  })
}
