/**
 * Every message of HomoSecureBoost, with what its receiver can learn, and the forms of the arbiter's.
 * @module
 */
import type { Cut } from '../../compute/ml/tree/candidate.ts'
import type { NodeVerdict } from '../../compute/ml/tree/sum-grower.ts'
import type { Disclosure } from '../../federation/channel.ts'
import { blob, floats, int32s, parts, uint32s } from '../../federation/codec.ts'
import { steadySumMessages } from '../aggregate/steady-sum.ts'
import { checkpointMessages } from '../checkpoint.ts'

/** The roles of a training; the first one says where it goes on. */
export const HOMO_ROLES = ['guest', 'host', 'arbiter'] as const

const DATA_PARTIES = ['guest', 'host'] as const

const fromArbiter = (reveals: string, kind: Disclosure['kind'] = 'aggregate'): Disclosure => {
  return { kind, from: ['arbiter'], to: DATA_PARTIES, reveals }
}

/** Messages by tag. */
export const HOMO_MESSAGES: Readonly<Record<string, Disclosure>> = {
  ...checkpointMessages(HOMO_ROLES),
  ...steadySumMessages({ contributors: DATA_PARTIES, server: 'arbiter' }),
  label_values: {
    kind: 'plain',
    from: ['host'],
    to: ['guest'],
    reveals:
      'In classification which label values the sender has, not of which rows or how often, and ' +
      'whether its rows have weights.',
  },
  plan: {
    kind: 'plain',
    from: ['guest'],
    to: ['host'],
    reveals:
      "The names of the guest's columns and the label values that any party has, and whether rows of any have weights.",
  },
  size: {
    kind: 'plain',
    from: ['guest'],
    to: ['arbiter'],
    reveals:
      'How many columns there are, which label values, whether rows have weights, and how many rounds an earlier model has. From the sums that follow the arbiter learns, over all parties ' +
      'together: the numbers of rows and of missing values, how many values of each column lie at or below the numbers ' +
      'of the search, the histograms of both derivatives (with multi_output those of every class) and of rows for every node, losses and metrics and, in regression or where rows have weights, how many parties have a derivative above each power of two; of a node ' +
      'with few rows these tell of single rows, though not whose they are.',
  },
  search_targets: fromArbiter('In which columns values are searched.', 'plain'),
  search_digits: fromArbiter(
    'Four bits more of each value that is searched: quantiles over the rows of all parties, to single precision.',
  ),
  bins: fromArbiter('The thresholds of every column, and which columns lack values at any party.'),
  initial: fromArbiter(
    'The score before the first tree: 0 in classification, else the mean or median label of all parties.',
  ),
  scale: fromArbiter(
    'How finely derivatives are rounded, a power of two by the number of all rows and, in regression or where rows have weights, the largest derivative; with multi_output one for every class.',
  ),
  verdicts: fromArbiter(
    'How the nodes of a level are split, with gains, or what their leaves weigh: the model, which all parties have.',
  ),
  round: fromArbiter(
    'The mean loss over all rows, the means of the metrics of the validation tables, and whether the training is over; ' +
      "with two data parties each can work out the other's.",
  ),
}

/** Thresholds of all columns one after another, how many each has, and whether values are missing. */
export const BINS = parts({ counts: uint32s, thresholds: floats, missing: blob })

/**
 * Feature, bin and direction of each node (feature -1 at a leaf), the weights of its outputs and its gain, and nodes to sum
 * up next.
 */
export const VERDICTS = parts({ cuts: int32s, numbers: floats, wanted: uint32s })

/** What becomes of a level, as a message. */
export function packVerdicts(level: readonly NodeVerdict[], wanted: readonly number[]): Uint8Array {
  return VERDICTS.encode({
    cuts: Int32Array.from(
      level.flatMap(({ cut }) =>
        cut ? [cut.feature, cut.bin, cut.missingLeft ? 1 : 0] : [-1, 0, 0],
      ),
    ),
    numbers: Float64Array.from(
      level.flatMap(({ weight, weights = [weight], gain }) => [...weights, gain]),
    ),
    wanted: Uint32Array.from(wanted),
  })
}

/**
 * What becomes of a level of `size` nodes of a tree with so many outputs. Throws RangeError for a message about another
 * number of nodes.
 */
export function unpackVerdicts(
  bytes: Uint8Array,
  { size, outputs }: { size: number; outputs: number },
): { level: NodeVerdict[]; wanted: Uint32Array } {
  const { cuts, numbers, wanted } = VERDICTS.decode(bytes)
  const width = outputs + 1
  if (cuts.length !== 3 * size || numbers.length !== width * size) {
    throw new RangeError(`verdicts: expected those of ${size} nodes`)
  }
  const level = Array.from({ length: size }, (_, at): NodeVerdict => {
    const [feature, bin, left] = cuts.subarray(3 * at, 3 * at + 3)
    const cut: Cut | null = feature < 0 ? null : { feature, bin, missingLeft: left === 1 }
    const weights = [...numbers.subarray(at * width, at * width + outputs)]
    const steps = outputs === 1 ? { weight: weights[0] } : { weight: 0, weights }
    return { cut, ...steps, gain: numbers[at * width + outputs] }
  })
  return { level, wanted }
}
