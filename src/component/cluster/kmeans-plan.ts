/**
 * What the guest of HeteroKmeans tells the others first.
 * @module
 */
import { json } from '../../federation/codec.ts'
import { guestOf } from '../linear/row-alignment.ts'
import type { KmeansContext } from './kmeans-param.ts'

/** How many rows there are, and which of them the first centres are. */
export async function receivePlan(
  context: KmeansContext,
): Promise<{ rows: number; first: number[] }> {
  const from = guestOf(context)
  const plan = json.decode(await context.channel.receive(from, 'plan'))
  const { rows, first } = (plan ?? {}) as { rows?: unknown; first?: unknown }
  const whole = (value: unknown): value is number =>
    Number.isSafeInteger(value) && Number(value) >= 0
  if (whole(rows) && Array.isArray(first) && first.length > 1) {
    if (first.every((row: unknown) => whole(row) && row < rows)) {
      return { rows, first: first as number[] }
    }
  }
  throw new Error(`${from} sent a malformed plan`)
}
