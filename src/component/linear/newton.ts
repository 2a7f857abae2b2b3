/**
 * The `sqn` optimiser of HeteroLR and HeteroLinR (FATE's hetero_sqn): `compute/ml/quasi-newton.ts` between parties.
 *
 * In FATE the arbiter sees all gradients and changes of weights. Here each party keeps its own parts: what its columns add
 * to the inner products goes encrypted to the guest, the arbiter opens the sums over all columns only, and tells everybody
 * the factors of the step. Every `update_interval_L` batches the parties multiply the Hessian of a sample of the rows by
 * the change of the averaged weights: the same exchange as for a gradient, and opened under a mask as one.
 * @module
 */
import {
  addVectors,
  type CipherSecret,
  cipherVectorToBytes,
  decryptVector,
  encryptVector,
} from '../../compute/crypto/cipher-vector.ts'
import { openMasked } from '../../compute/crypto/masked-opening.ts'
import {
  combine,
  countPairProducts,
  gradientProducts,
  growTable,
  newtonFactors,
  type NewtonPair,
  type NewtonTable,
  NO_PAIRS,
  pairProducts,
  remember,
} from '../../compute/ml/quasi-newton.ts'
import type { Disclosure } from '../../federation/channel.ts'
import { blob, floats } from '../../federation/codec.ts'
import type { TaskContext } from '../define.ts'
import type { CipherContext } from './encrypted-slope.ts'
import type { LinearWeights } from './linear-weights.ts'
import type { LogisticParam } from './logistic-param.ts'
import { receiveVector } from './lr-inputs.ts'
import { type NewtonPlan, sampleRows } from './newton-plan.ts'
import { arbiterOf, guestOf, hostsOf } from './row-alignment.ts'

const DATA_PARTIES = ['guest', 'host'] as const

/** The messages of the method, by tag. */
export const SQN_MESSAGES: Readonly<Record<string, Disclosure>> = {
  change_predictor: {
    kind: 'ciphertext',
    from: ['host'],
    to: ['guest'],
    reveals:
      "Nothing: the host's columns times the change of its weights, for sampled rows, under the arbiter's key.",
  },
  change_slopes: {
    kind: 'ciphertext',
    from: ['guest'],
    to: ['host'],
    reveals:
      "Nothing: how the residual of sampled rows changes with the weights, under the arbiter's key, freshly randomised.",
  },
  curvature_question: {
    kind: 'masked',
    from: DATA_PARTIES,
    to: ['arbiter'],
    reveals:
      'How many columns the sender has, roughly; how its gradient changes with the weights is under a one-time mask.',
  },
  curvature_answer: {
    kind: 'masked',
    from: ['arbiter'],
    to: DATA_PARTIES,
    reveals:
      "How the receiver's own gradient changes with all weights, once it takes its mask off: sums over the sampled rows.",
  },
  product_part: {
    kind: 'ciphertext',
    from: ['host'],
    to: ['guest'],
    reveals:
      "Nothing: what the host's columns add to inner products of gradient and changes, under the arbiter's key.",
  },
  products: {
    kind: 'aggregate',
    from: ['guest'],
    to: ['arbiter'],
    reveals:
      'Inner products of the gradient, the last changes of weights and those of the gradient, over the columns of all ' +
      'parties together.',
  },
  newton_factors: {
    kind: 'aggregate',
    from: ['arbiter'],
    to: DATA_PARTIES,
    reveals:
      'By what each party multiplies its gradient and its last changes: two numbers a remembered change and one more.',
  },
}

/** What a data party keeps between two batches. */
export interface NewtonState {
  readonly batches: number
  readonly pairs: readonly NewtonPair[]
  /** How many pairs there have been. */
  readonly made: number
  readonly sum: Float64Array
  readonly mean: Float64Array | null
}

/** What the arbiter keeps. */
export interface NewtonWatch {
  readonly batches: number
  readonly made: number
  readonly table: NewtonTable
}

/** A data party's part of the method. */
export interface Newton {
  /** The step, but for the learning rate, of a gradient at the present weights. */
  direction(gradient: Float64Array): Promise<Float64Array>
  state(): NewtonState
}

/** Hessian-vector products: the party's part of one with the change of all weights, of these rows (all of them without). */
export type Curvature = (
  change: Float64Array,
  rows: Uint32Array | undefined,
) => Promise<Float64Array>

/** Fractional bits of an inner product, of 2^64 at most: the least change to speak of is 2^-70. */
const PRODUCT_FRACTION = 110

/** A data party's side for the model of `weights`. */
export function openNewton(
  context: TaskContext<LogisticParam>,
  work: {
    readonly plan: NewtonPlan
    readonly weights: LinearWeights
    readonly cipher: CipherContext
    /** Rows of the table. */
    readonly rows: number
    readonly intercept: boolean
    readonly curvature: Curvature
    readonly saved: NewtonState | undefined
  },
): Newton {
  const { channel, params } = context
  const { plan, weights, cipher, intercept, saved } = work
  const ridge = params.penalty === 'L2' ? params.alpha : 0
  const values = () =>
    intercept ? Float64Array.of(...weights.weights, weights.intercept) : weights.weights.slice()
  const bent = (vector: Float64Array, by: Float64Array) =>
    vector.map((value, at) => (at < weights.weights.length ? value + ridge * by[at] : value))
  let { batches, made, mean } = saved ?? { batches: 0, made: 0, mean: null }
  let pairs = [...(saved?.pairs ?? [])]
  let sum = saved?.sum.slice() ?? new Float64Array(values().length)

  async function tellProducts(own: Float64Array): Promise<void> {
    let total = await encryptVector(cipher.key, own, { ...cipher, fraction: PRODUCT_FRACTION })
    if (context.role === 'host') {
      return channel.send(guestOf(context), 'product_part', cipherVectorToBytes(total))
    }
    for (const from of hostsOf(context)) {
      const place = { from, tag: 'product_part', length: own.length }
      const part = await receiveVector(context, cipher.key, place)
      total = await addVectors(cipher.key, total, part, cipher)
    }
    await channel.send(arbiterOf(context), 'products', cipherVectorToBytes(total))
  }

  async function step(gradient: Float64Array): Promise<Float64Array> {
    if (pairs.length === 0) return gradient
    await tellProducts(gradientProducts(pairs, gradient))
    const arbiter = arbiterOf(context)
    const factors = floats.decode(await channel.receive(arbiter, 'newton_factors'))
    if (factors.length !== 1 + 2 * pairs.length || !factors.every(Number.isFinite)) {
      throw new Error(`${arbiter} sent malformed newton_factors`)
    }
    const [first, ...others] = factors
    const [s, y] = [others.slice(0, pairs.length), others.slice(pairs.length)]
    return combine(pairs, gradient, { gradient: first, s, y })
  }

  return {
    async direction(slope) {
      const now = values()
      const direction = await step(bent(slope, now))
      sum = sum.map((value, at) => value + now[at])
      if (++batches % plan.interval !== 0) return direction
      const before = mean
      const latest = sum.map((value) => value / plan.interval)
      mean = latest
      sum = new Float64Array(now.length)
      if (before === null) return direction
      const s = latest.map((value, at) => value - before[at])
      const y = bent(await work.curvature(s, sampleRows(work.rows, { plan, made })), s)
      made++
      pairs = remember(pairs, { s, y }, plan.memory)
      await tellProducts(pairProducts(pairs))
      return direction
    },
    state: () => ({ batches, pairs: [...pairs], made, sum: sum.slice(), mean }),
  }
}

/** The arbiter's side: what it opens after the gradient and the loss of a batch. */
export function watchNewton(
  context: TaskContext<LogisticParam>,
  { plan, secret, saved }: { plan: NewtonPlan; secret: CipherSecret; saved?: NewtonWatch },
): { afterBatch(): Promise<void>; state(): NewtonWatch } {
  const { channel, parallel, signal } = context
  const guest = guestOf(context)
  const parties = [guest, ...hostsOf(context)]
  let { batches, made, table } = saved ?? { batches: 0, made: 0, table: NO_PAIRS }

  async function openProducts(length: number): Promise<Float64Array> {
    const place = { from: guest, tag: 'products', length }
    const sums = await receiveVector(context, secret.publicKey, place)
    return decryptVector(secret, sums, { parallel, signal })
  }

  return {
    async afterBatch() {
      const pairs = table.sy.length
      if (pairs > 0) {
        const { gradient, s, y } = newtonFactors(table, await openProducts(2 * pairs))
        const factors = floats.encode(Float64Array.of(gradient, ...s, ...y))
        for (const party of parties) await channel.send(party, 'newton_factors', factors)
      }
      if (++batches % plan.interval !== 0 || batches < 2 * plan.interval) return
      for (const party of parties) {
        const question = blob.decode(await channel.receive(party, 'curvature_question'))
        const answer = openMasked(secret, question, { asker: party })
        await channel.send(party, 'curvature_answer', blob.encode(answer))
      }
      made++
      const kept = Math.min(pairs + 1, plan.memory)
      table = growTable(table, await openProducts(countPairProducts(kept)), plan.memory)
    },
    state: () => ({ batches, made, table }),
  }
}
