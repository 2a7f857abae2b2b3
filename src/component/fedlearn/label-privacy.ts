/**
 * Differential privacy of the guest's labels against all hosts together: everything that leaves the guest and depends on
 * a label is computed from products of the labels with columns, and those get Gaussian noise.
 *
 * `OBJECTIVE_PERTURB` adds it once, before the training begins. The labels are in a quadratic objective by these products
 * alone, as its linear term, so that this is a random linear term in the objective (K. Chaudhuri, C. Monteleoni,
 * A. Sarwate, "Differentially private empirical risk minimization", JMLR 2011; Gaussian: D. Kifer, A. Smith, A. Thakurta,
 * "Private convex empirical risk minimization", COLT 2012). Whatever follows, however many epochs, reads nothing else of
 * the labels, so nothing adds up.
 *
 * `OUTPUT_PERTURB` adds noise to what every epoch puts out, anew in each: an epoch reads the labels through products
 * under noise of its own. That is the same sum told as often as there are epochs, and once before the first, so it moves
 * by the root of their number times as much, and the noise is made for all of them together. Noise in finished weights
 * alone, which FedLearn means by it, would hide nothing from hosts who have seen exact gradients.
 *
 * Neighbours are tables that differ in the label of one row (label differential privacy: K. Chaudhuri, D. Hsu, "Sample
 * complexity bounds for differentially private learning", COLT 2011; B. Ghazi et al., "Deep learning with label
 * differential privacy", NeurIPS 2021). Columns of parties are not protected by it.
 * @module
 */
import {
  discreteGaussians,
  gaussianSigma,
  seededBytes,
} from '../../compute/crypto/discrete-gaussian.ts'
import type { PrivacyLoss } from '../../compute/crypto/privacy-composition.ts'
import type { RandomBytes } from '../../compute/crypto/random.ts'
import { wrapShare } from '../../compute/crypto/shared-real.ts'
import type { LabelPrivacy, TaskContext } from '../define.ts'
import { COLUMN_FRACTION, type SharedGram } from './shared-gram.ts'

/** The chance, at most, that epsilon does not hold: what FedLearn takes it to be. */
export const DP_DELTA = 1e-8

/** What the guest's noise is drawn from: kept before anything is sent, so that another attempt draws the same. */
export interface NoiseSeed {
  /** Hexadecimal digits; empty where no noise is asked for. */
  readonly noise: string
}

/** A seed of 32 random bytes at a guest whose labels are to be hidden. */
export function drawNoiseSeed({ random, role }: TaskContext, useDP: string): NoiseSeed {
  const draws = role === 'guest' && useDP === 'true'
  return { noise: draws ? bytesToHex(random(32)) : '' }
}

/** Where noise is added; `label-privacy.ts` says what each means. */
export const DP_TYPES = ['OBJECTIVE_PERTURB', 'OUTPUT_PERTURB'] as const

/** One of them. */
export type DpType = (typeof DP_TYPES)[number]

/** The products that a training reads after so many epochs; the same ones however often it is asked. */
export type Reading = (epoch: number) => readonly SharedGram[]

/** All tables' products, as they are. */
export function exact(grams: readonly SharedGram[]): Reading {
  return () => grams
}

/** All tables' products with noise in all that the guest's labels are in, for a training of `epochs` at most. */
export function underNoise(
  grams: readonly SharedGram[],
  of: {
    readonly release: LabelRelease
    readonly dpType: DpType
    readonly epochs: number
    readonly seed: NoiseSeed
  },
): Reading {
  const { release, dpType, epochs, seed } = of
  if (dpType === 'OBJECTIVE_PERTURB') {
    const random = noiseOf(seed)
    return exact(grams.map((gram) => hideLabels(gram, release, random)))
  }
  // Gradients are told before the first epoch too.
  const often = Math.sqrt(epochs + 1)
  const whole = {
    ...release,
    sensitivity: release.sensitivity * often,
    squares: release.squares * often,
  }
  let last: { readonly epoch: number; readonly hidden: readonly SharedGram[] } | undefined
  return (epoch) => {
    if (epoch > epochs) throw new RangeError(`underNoise: ${epoch} is beyond ${epochs} epochs`)
    if (last?.epoch !== epoch) {
      const random = noiseOf(seed, epoch)
      last = { epoch, hidden: grams.map((gram) => hideLabels(gram, whole, random)) }
    }
    return last.hidden
  }
}

/** The bytes that noise is drawn from, in the order of the tables: of the whole training, or of one epoch. */
function noiseOf({ noise }: NoiseSeed, epoch?: number): RandomBytes {
  const seed = hexToBytes(noise)
  // Longer than the seed alone, so that no epoch's noise is that of the training.
  return seededBytes(epoch === undefined ? seed : Uint8Array.of(...seed, ...numberBytes(epoch)))
}

/** What is released of the labels, and how far one of them can move it. */
export interface LabelRelease {
  readonly epsilon: number
  /** The guest's columns that are labels. */
  readonly labels: readonly number[]
  /** How far all products of the labels with columns move in length, at most, where one row's label changes. */
  readonly sensitivity: number
  /** How far the sum of squares of a label moves; 0 where it is the same for all labels. */
  readonly squares: number
}

/** The guest's products with noise in all that its labels are in. */
export function hideLabels(
  gram: SharedGram,
  { epsilon, labels, sensitivity, squares }: LabelRelease,
  random: RandomBytes,
): SharedGram {
  const { cols } = gram
  const unit = 2 ** (2 * COLUMN_FRACTION)
  const whole = Math.hypot(sensitivity, squares) * (1 + ROUNDING)
  const sigma = BigInt(
    Math.ceil(gaussianSigma({ epsilon, delta: DP_DELTA, sensitivity: whole }) * unit),
  )
  const draw = (count: number) => discreteGaussians(count, sigma, random)
  const isLabel = (col: number) => labels.includes(col)
  const own = gram.own.slice()
  for (const at of labels) {
    const noise = draw(cols)
    for (let col = 0; col < cols; col++) {
      if (isLabel(col) && (col !== at || squares === 0)) continue
      const value = gram.own[at * cols + col] + Number(noise[col]) / unit
      own[at * cols + col] = value
      own[col * cols + at] = value
    }
  }
  const blocks = new Map(
    [...gram.blocks].map(([other, block]) => {
      const shares = [...block.shares]
      for (const at of labels) {
        draw(block.cols).forEach((noise, col) => {
          const place = at * block.cols + col
          shares[place] = wrapShare(shares[place] + noise)
        })
      }
      return [other, { cols: block.cols, shares }]
    }),
  )
  return { ...gram, own, blocks }
}

/** What a training under this noise promises, of rows to validate with too: their products have noise of their own. */
export function gaussianPrivacy(params: {
  readonly useDP: string
  readonly dpEpsilon: number
}): LabelPrivacy | undefined {
  if (params.useDP === 'false') return undefined
  return { epsilon: params.dpEpsilon, delta: DP_DELTA, validated: true }
}

/** The type of the metrics that say so. */
export const PRIVACY_METRIC = 'PRIVACY'

/** Says with what guarantee the labels were used. */
export function tellPrivacy(context: TaskContext, { epsilon, delta }: PrivacyLoss): void {
  for (const [name, value] of [
    ['dpEpsilon', epsilon],
    ['dpDelta', delta],
  ] as const) {
    context.metric({
      namespace: 'train',
      name,
      points: [[0, value]],
      meta: { name, metric_type: PRIVACY_METRIC },
    })
  }
}

function numberBytes(value: number): number[] {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255)
}

/** By what columns are rounded, generously. */
const ROUNDING = 1e-4

function bytesToHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function hexToBytes(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, at) =>
    Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16),
  )
}
