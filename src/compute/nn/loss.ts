/**
 * Losses by the names that Keras and PyTorch have for them.
 * @module
 */
import type { Scalar, Tensor } from '@tensorflow/tfjs-core'

import type { Library } from './library.ts'

/** What a loss expects to be compared with. */
export type LossKind = 'binary' | 'classes' | 'sparse' | 'margin' | 'number'

/** A loss by name. */
export interface LossName {
  /** Keras's name. */
  readonly name: string
  readonly kind: LossKind
  /** Whether outputs are before the softmax or sigmoid that makes them chances. */
  readonly logits: boolean
}

/** The loss called `name`. Throws RangeError that lists those there are; `parameter` is what messages call it. */
export function lossNamed(name: string | null | undefined, parameter = 'loss'): LossName {
  const key = (name ?? '').replaceAll(/[^a-z]/gi, '').toLowerCase()
  const found = LOSSES[key]
  if (found) return { name: found[0], kind: found[1], logits: found[2] === 'logits' }
  const there = [...new Set(Object.values(LOSSES).map(([own]) => own))].join(', ')
  throw new RangeError(
    `${parameter}: ${name ? `there is no loss "${name.slice(0, 60)}"` : 'it is missing'}; there are ${there}`,
  )
}

/** The mean of a loss over rows: `wanted` and `found` have one row each, as many columns as the network has outputs. */
export function meanLoss(
  library: Library,
  loss: LossName,
  rows: { wanted: Tensor; found: Tensor },
): Scalar {
  return library.tf.mean(rowLosses(library, loss, rows))
}

/** A loss of each row. */
export function rowLosses(
  { tf, layers }: Library,
  { name, logits }: LossName,
  { wanted, found }: { wanted: Tensor; found: Tensor },
): Tensor {
  const chances = logits
    ? name === 'binary_crossentropy'
      ? tf.sigmoid(found)
      : tf.softmax(found)
    : found
  const { metrics } = layers
  switch (name) {
    case 'binary_crossentropy':
      return metrics.binaryCrossentropy(wanted, chances)
    case 'categorical_crossentropy':
    case 'sparse_categorical_crossentropy':
      return metrics.categoricalCrossentropy(wanted, chances)
    case 'mean_squared_error':
      return metrics.meanSquaredError(wanted, found)
    case 'mean_absolute_error':
      return metrics.meanAbsoluteError(wanted, found)
    case 'mean_absolute_percentage_error':
      return metrics.meanAbsolutePercentageError(wanted, found)
    case 'mean_squared_logarithmic_error': {
      const log = (value: Tensor) => tf.log1p(tf.maximum(value, EPSILON))
      return tf.mean(tf.square(tf.sub(log(found), log(wanted))), -1)
    }
    case 'hinge':
      return tf.mean(tf.relu(tf.sub(1, tf.mul(wanted, found))), -1)
    case 'squared_hinge':
      return tf.mean(tf.square(tf.relu(tf.sub(1, tf.mul(wanted, found)))), -1)
    case 'logcosh': {
      const error = tf.sub(found, wanted)
      return tf.mean(tf.sub(tf.add(error, tf.softplus(tf.mul(-2, error))), Math.LN2), -1)
    }
    case 'poisson':
      return tf.mean(tf.sub(found, tf.mul(wanted, tf.log(tf.add(found, EPSILON)))), -1)
    case 'kullback_leibler_divergence': {
      const [p, q] = [wanted, found].map((value) => tf.clipByValue(value, EPSILON, 1))
      return tf.sum(tf.mul(p, tf.log(tf.div(p, q))), -1)
    }
    default:
      throw new RangeError(`meanLoss: there is no loss "${name}"`)
  }
}

const EPSILON = 1e-7

const LOSSES: Readonly<Record<string, readonly [string, LossKind, 'logits'?]>> = {
  binarycrossentropy: ['binary_crossentropy', 'binary'],
  bceloss: ['binary_crossentropy', 'binary'],
  bcewithlogitsloss: ['binary_crossentropy', 'binary', 'logits'],
  categoricalcrossentropy: ['categorical_crossentropy', 'classes'],
  crossentropyloss: ['categorical_crossentropy', 'classes', 'logits'],
  sparsecategoricalcrossentropy: ['sparse_categorical_crossentropy', 'sparse'],
  meansquarederror: ['mean_squared_error', 'number'],
  mse: ['mean_squared_error', 'number'],
  mseloss: ['mean_squared_error', 'number'],
  meanabsoluteerror: ['mean_absolute_error', 'number'],
  mae: ['mean_absolute_error', 'number'],
  lloss: ['mean_absolute_error', 'number'],
  meanabsolutepercentageerror: ['mean_absolute_percentage_error', 'number'],
  meansquaredlogarithmicerror: ['mean_squared_logarithmic_error', 'number'],
  hinge: ['hinge', 'margin'],
  squaredhinge: ['squared_hinge', 'margin'],
  logcosh: ['logcosh', 'number'],
  poisson: ['poisson', 'number'],
  kullbackleiblerdivergence: ['kullback_leibler_divergence', 'classes'],
}
