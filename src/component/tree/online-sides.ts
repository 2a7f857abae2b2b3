/**
 * Online predictions with boosted trees in one message: a host says for every row and every one of its splits where the
 * row goes, and the guest walks down its trees alone.
 * @module
 */
import { type PredictOptions, valueGoesLeft } from '../../compute/ml/tree/predict.ts'
import { blob } from '../../federation/codec.ts'
import type { TaskContext } from '../define.ts'
import { guestOf, hostsOf } from '../linear/row-alignment.ts'
import { packBits, unpackBits } from './sbt-messages.ts'
import type { HostState } from './sbt-model.ts'
import type { TreeTable } from './tree-inputs.ts'

/** A host's side: one bit for each row of each split, the rows of a split together. */
export async function sendSides(
  context: TaskContext,
  { splits, missing }: HostState,
  table: TreeTable,
): Promise<void> {
  const rows = table.ids.length
  const left = new Uint8Array(splits.length * rows)
  splits.forEach((split, key) => {
    const values = table.columns[split.feature]
    for (let row = 0; row < rows; row++) {
      left[key * rows + row] = valueGoesLeft(values[row], split, missing) ? 1 : 0
    }
  })
  await context.channel.send(guestOf(context), 'online_sides', blob.encode(packBits(left)))
}

/** The guest's side: answers what its trees ask of hosts from what these have sent. */
export function onlineSides(
  context: TaskContext,
  rows: number,
): NonNullable<PredictOptions['ask']> {
  const hosts = hostsOf(context)
  const sides = new Map<number, Promise<Uint8Array>>()

  async function receive(party: number): Promise<Uint8Array> {
    const bits = blob.decode(await context.channel.receive(hosts[party - 1], 'online_sides'))
    return unpackBits(bits, bits.length * 8)
  }

  return async (party, queries) => {
    const known = sides.get(party) ?? receive(party)
    sides.set(party, known)
    const left = await known
    return queries.map(({ key, rows: asked }) =>
      Uint8Array.from(asked, (row) => {
        const side = left.at(key * rows + row)
        if (key >= 0 && side !== undefined) return side
        throw new Error(
          `${hosts[party - 1]} has no split ${key}: its part of the model and this one are not of one training`,
        )
      }),
    )
  }
}
