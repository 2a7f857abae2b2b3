/**
 * How a data party learns its own gradient: the arbiter opens it under a one-time mask.
 * @module
 */
import { maskForOpening } from '../../compute/crypto/masked-opening.ts'
import { blob } from '../../federation/codec.ts'
import type { TaskContext } from '../define.ts'
import { type CipherContext, type SlopeSums, SUM_BITS } from './encrypted-slope.ts'
import { arbiterOf } from './row-alignment.ts'

/** The mean gradient of a batch, or what a Hessian makes of a change. */
export async function openGradient(
  context: TaskContext,
  { key }: CipherContext,
  {
    sums,
    rows,
    what = 'gradient',
  }: { sums: Omit<SlopeSums, 'loss'>; rows: number; what?: 'gradient' | 'curvature' },
): Promise<Float64Array> {
  const { channel, random } = context
  const opening = maskForOpening(key, sums.gradient, { magnitude: SUM_BITS, random })
  await channel.send(arbiterOf(context), `${what}_question`, blob.encode(opening.question))
  const answer = blob.decode(await channel.receive(arbiterOf(context), `${what}_answer`))
  return opening.unmask(answer).map((sum, at) => (sum * sums.scales[at]) / rows)
}
