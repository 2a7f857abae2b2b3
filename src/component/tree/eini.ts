/**
 * Prediction in which the host does not see where rows stand and the guest does not see where they go at the host's splits
 * (X. Chen, S. Zhou, B. Guan et al., "Fed-EINI: An Efficient and Interpretable Inference Framework for Decision Tree
 * Ensembles in Federated Learning", arXiv 2105.09540), for one host.
 *
 * The leaves of a tree that lie behind the same sides of the host's splits are a group. The guest sends for each row and
 * group the encrypted weight of the leaf that its own splits allow there, 0 where they allow none; the host adds up, tree
 * by tree, the groups whose sides its own columns take, and the guest opens the sum over all trees. A sum is off by at
 * most 2^-41 for each tree. It is the only thing that is opened; of few trees it can still tell the groups.
 * @module
 */
import {
  type AdditiveScheme,
  type AdditiveSecret,
  type IndexLists,
  openPublic,
  openSecret,
  type SchemeOptions,
} from '../../compute/crypto/additive.ts'
import {
  generateOuKey,
  ouPublicKeyFromBytes,
  ouPublicKeyToBytes,
} from '../../compute/crypto/okamoto-uchiyama-key.ts'
import {
  generateKey,
  publicKeyFromBytes,
  publicKeyToBytes,
} from '../../compute/crypto/paillier-key.ts'
import type { MissingRule } from '../../compute/ml/tree/binning.ts'
import type { Tree } from '../../compute/ml/tree/grow.ts'
import { valueGoesLeft } from '../../compute/ml/tree/predict.ts'
import type { BoostingTreeParam } from './boosting-param.ts'
import type { HostSplit } from './sbt-model.ts'

/** Leaves of one tree behind the same sides of the host's splits. */
export interface LeafGroup {
  /** The tree, and the output that it adds to; of a tree with several each has groups of its own, behind the same sides. */
  readonly tree: number
  readonly output: number
  /** Splits of the host by number, and whether rows go left there. */
  readonly sides: readonly (readonly [key: number, left: boolean])[]
}

/** Bits after the point of a weight. */
const FRACTION = 40
/** No weight is larger. */
const MOST_WEIGHT = 2 ** 40
const BOUND = 2n ** 80n
/** Ciphertexts in a message at most. */
const CHUNK = 16_384

/** The groups of all trees that have splits of a host, in an order that says nothing of the guest's splits. */
export function groupLeaves(trees: readonly Tree[], outputs: number): LeafGroup[] {
  return trees.flatMap((tree, index) => {
    const found = new Map<string, LeafGroup['sides']>()
    const own = tree[0].weights ? allOutputs(outputs) : [index % outputs]
    const walk = (id: number, sides: LeafGroup['sides']): void => {
      const { split, left, right } = tree[id]
      if (split === null) {
        found.set(nameOf(sides), sides)
      } else if ('key' in split) {
        walk(left, [...sides, [split.key, true]])
        walk(right, [...sides, [split.key, false]])
      } else {
        walk(left, sides)
        walk(right, sides)
      }
    }
    walk(0, [])
    const names = [...found.keys()].toSorted()
    if (names.length < 2) return []
    return names.flatMap((name) =>
      own.map((output) => ({ tree: index, output, sides: found.get(name) ?? [] })),
    )
  })
}

/** For each of some rows and each group the weight that the guest's own splits allow, as integers, row by row. */
export function allowedWeights(
  trees: readonly Tree[],
  groups: readonly LeafGroup[],
  table: { columns: readonly Float64Array[]; from: number; to: number; rule: MissingRule },
): bigint[] {
  const { columns, from, to, rule } = table
  const places = Map.groupBy(
    groups.keys(),
    (at) => `${groups[at].tree} ${nameOf(groups[at].sides)}`,
  )
  const weights = Array.from({ length: (to - from) * groups.length }, () => 0n)
  const used = [...new Set(groups.map(({ tree }) => tree))]
  for (let row = from; row < to; row++) {
    const base = (row - from) * groups.length
    for (const index of used) {
      const tree = trees[index]
      const walk = (id: number, sides: LeafGroup['sides']): void => {
        const { split, left, right, weight, weights: steps } = tree[id]
        if (split === null) {
          for (const at of places.get(`${index} ${nameOf(sides)}`) ?? []) {
            weights[base + at] = fixed(steps ? steps[groups[at].output] : weight)
          }
        } else if ('key' in split) {
          walk(left, [...sides, [split.key, true]])
          walk(right, [...sides, [split.key, false]])
        } else {
          const goes = valueGoesLeft(columns[split.feature][row], split, rule)
          walk(goes ? left : right, sides)
        }
      }
      walk(0, [])
    }
  }
  return weights
}

/** Which ciphertexts the host adds up: for each of some rows and each output those of the groups that its columns take. */
export function takenGroups(
  groups: readonly LeafGroup[],
  host: { splits: readonly HostSplit[]; columns: readonly Float64Array[]; rule: MissingRule },
  { from, to, outputs }: { from: number; to: number; outputs: number },
): IndexLists {
  const { splits, columns, rule } = host
  const order: number[] = []
  const start = [0]
  for (let row = from; row < to; row++) {
    const takes = ([key, left]: readonly [number, boolean]): boolean => {
      const split = splits[key]
      return valueGoesLeft(columns[split.feature][row], split, rule) === left
    }
    for (let output = 0; output < outputs; output++) {
      groups.forEach((group, at) => {
        if (group.output !== output || !group.sides.every(takes)) return
        order.push((row - from) * groups.length + at)
      })
      start.push(order.length)
    }
  }
  return { order: Uint32Array.from(order), start: Uint32Array.from(start) }
}

/** Runs of rows whose ciphertexts fit into a message. */
export function chunksOf(rows: number, groups: number): { from: number; to: number }[] {
  const size = Math.max(1, Math.floor(CHUNK / groups))
  return Array.from({ length: Math.ceil(rows / size) }, (_, at) => {
    return { from: at * size, to: Math.min(rows, (at + 1) * size) }
  })
}

/** How many ways through all trees there are, as a power of two: what hides a row's groups in its sum. */
export function waysThrough(groups: readonly LeafGroup[]): number {
  const byTree = Map.groupBy(groups, ({ tree }) => tree)
  return [...byTree.values()].reduce((sum, own) => {
    const ways = new Set(own.map(({ sides }) => nameOf(sides)))
    return sum + Math.log2(ways.size)
  }, 0)
}

/** The guest's key for one prediction. */
export function drawKey(
  { encrypt_param: { method, key_length: bits } }: BoostingTreeParam,
  options: SchemeOptions & { random: (bytes: number) => Uint8Array },
): { secret: AdditiveSecret; bytes: Uint8Array } {
  const draw = { bits, allowSmall: bits < 2048, random: options.random }
  if (method === 'paillier') {
    const key = generateKey(draw)
    return { secret: openSecret(key, options), bytes: publicKeyToBytes(key.publicKey) }
  }
  // The short exponent is sound as in training: who drew the key encrypts and opens, all of it his own.
  const key = generateOuKey({ ...draw, subgroupBits: 256 })
  return { secret: openSecret(key, options), bytes: ouPublicKeyToBytes(key.publicKey) }
}

/** The host's view of it. Throws for a key that is shorter than the parameters say. */
export function readKey(
  { encrypt_param: { method, key_length } }: BoostingTreeParam,
  bytes: Uint8Array,
  options: SchemeOptions,
): AdditiveScheme {
  const key = method === 'paillier' ? publicKeyFromBytes(bytes) : ouPublicKeyFromBytes(bytes)
  if (key.bits >= key_length) return openPublic(key, options)
  throw new Error(`The guest sent a key of ${key.bits} bits, expected ${key_length}`)
}

/** Encrypted weights as a message. */
export async function sealWeights(
  secret: AdditiveScheme,
  weights: readonly bigint[],
): Promise<Uint8Array> {
  return secret.toBytes(await secret.encrypt(weights, BOUND))
}

/** The host's answer to a message of weights. Throws unless it has `length` ciphertexts. */
export async function addTaken(
  scheme: AdditiveScheme,
  bytes: Uint8Array,
  work: { lists: IndexLists; length: number; groups: number },
): Promise<Uint8Array> {
  const batch = scheme.fromBytes(bytes, BOUND)
  if (batch.length !== work.length) throw new Error('The guest sent malformed leaf_weights')
  const sums = await scheme.sumByIndex(batch, work.lists, { terms: work.groups })
  return scheme.toBytes(await scheme.rerandomise(sums))
}

/** The sums in the host's answer. Throws unless there are `length`. */
export async function openSums(
  secret: AdditiveSecret,
  bytes: Uint8Array,
  work: { length: number; groups: number },
): Promise<Float64Array> {
  const batch = secret.fromBytes(bytes, BOUND * BigInt(work.groups))
  if (batch.length !== work.length) throw new Error('The host sent malformed score_sums')
  const sums = await secret.decrypt(batch)
  return Float64Array.from(sums, (sum) => Number(sum) / 2 ** FRACTION)
}

function fixed(weight: number): bigint {
  if (Math.abs(weight) < MOST_WEIGHT) return BigInt(Math.round(weight * 2 ** FRACTION))
  throw new Error(`A leaf weighs ${weight}, too much for EINI_inference: predict without it`)
}

function allOutputs(outputs: number): number[] {
  return Array.from({ length: outputs }, (_, output) => output)
}

function nameOf(sides: LeafGroup['sides']): string {
  return sides.map(([key, left]) => `${key}${left ? 'l' : 'r'}`).join(' ')
}
