/**
 * Encrypted gradients of trees with several outputs, and their histograms: the pairs of a row lie beside each other in as few
 * ciphertexts as hold them, its blocks. One output is one block of one pair, the form that `gradient-vector.ts` has.
 *
 * Source: SecureBoost-MO in W. Chen et al., "SecureBoost+", arXiv 2110.10927.
 * @module
 */
import type { SchemeOptions } from './additive.ts'
import { concatBytes } from './bytes.ts'
import {
  type CipherRows,
  cipherHistograms,
  encryptGradients,
  type GradientKey,
  type GradientSecret,
  openHistograms,
  sealHistograms,
  subtractCiphers,
  sumsIn,
} from './gradient-vector.ts'

/** The integers of one output. */
export interface OutputPairs {
  readonly g: Float64Array
  readonly h: Float64Array
}

/** The histogram of a node, one part a block. */
export type OutputHistogram = readonly Uint8Array[]

/** How many of `outputs` pairs each block of a row holds: all that a ciphertext can, the last one the rest. */
export function blocksOf({ slots }: GradientKey, outputs: number): number[] {
  const blocks = Math.ceil(outputs / slots)
  return Array.from({ length: blocks }, (_, at) => Math.min(slots, outputs - at * slots))
}

/** Encrypts the pairs of every output; rows of ciphertexts, block after block. */
export async function encryptOutputs(
  key: GradientSecret,
  outputs: readonly OutputPairs[],
  options: SchemeOptions,
): Promise<Uint8Array> {
  const done: Uint8Array[] = []
  let from = 0
  for (const lanes of blocksOf(key, outputs.length)) {
    const own = outputs.slice(from, from + lanes)
    const g = beside(own.map((pairs) => pairs.g))
    const h = beside(own.map((pairs) => pairs.h))
    done.push(await encryptGradients(key, { g, h, lanes }, options))
    from += lanes
  }
  return concatBytes(done)
}

/** Sums by bin for every entry of `list`; `ciphertexts` has `blocks` blocks of as many rows each. */
export async function outputHistograms(
  key: GradientKey,
  input: {
    ciphertexts: Uint8Array
    blocks: number
    widths: Uint32Array
    list: readonly CipherRows[]
  },
  options: SchemeOptions,
): Promise<OutputHistogram[]> {
  const { ciphertexts, blocks, ...rest } = input
  const size = ciphertexts.length / blocks
  const found = input.list.map((): Uint8Array[] => [])
  for (let block = 0; block < blocks; block++) {
    const part = ciphertexts.subarray(block * size, (block + 1) * size)
    const built = await cipherHistograms(key, { ...rest, ciphertexts: part }, options)
    built.forEach((each, at) => found[at].push(each))
  }
  return found
}

/** `a − b`, block by block. */
export function subtractOutputs(
  key: GradientKey,
  { a, b }: { a: OutputHistogram; b: OutputHistogram },
  options: SchemeOptions,
): Promise<Uint8Array[]> {
  return Promise.all(
    a.map((part, block) => subtractCiphers(key, { a: part, b: b[block] }, options)),
  )
}

/** What a host sends of its nodes: the left sums of the picked cuts, block after block, each node after node. */
export async function sealOutputs(
  key: GradientKey,
  input: {
    outputs: number
    widths: Uint32Array
    missing: Uint8Array
    nodes: readonly { histogram: OutputHistogram; picks: Uint32Array }[]
    compress: boolean
  },
  options: SchemeOptions,
): Promise<Uint8Array> {
  const { outputs, nodes, ...rest } = input
  const sealed: Uint8Array[] = []
  for (const [block, lanes] of blocksOf(key, outputs).entries()) {
    const own = nodes.map(({ histogram, picks }) => ({ histogram: histogram[block], picks }))
    sealed.push(...(await sealHistograms(key, { ...rest, nodes: own, lanes }, options)))
  }
  return concatBytes(sealed)
}

/** The sums in it: `2 · outputs · counts[i]` numbers for node i, for each cut g and h of every output. */
export async function openOutputs(
  key: GradientSecret,
  input: { outputs: number; rows: Uint8Array; counts: Uint32Array; compress: boolean },
  options: SchemeOptions,
): Promise<Float64Array[]> {
  const { outputs, rows, counts, compress } = input
  const blocks = blocksOf(key, outputs)
  const sizes = blocks.map((lanes) => {
    const slots = compress ? sumsIn(key, lanes) : 1
    return counts.reduce((sum, count) => sum + Math.ceil(count / slots), 0) * key.width
  })
  const wanted = sizes.reduce((sum, size) => sum + size, 0)
  if (rows.length !== wanted) {
    throw new RangeError(
      `expected ${wanted / key.width} ciphertexts of ${key.width} bytes, got ${rows.length} bytes`,
    )
  }
  const sums = Array.from(counts, (count) => new Float64Array(2 * outputs * count))
  let [from, first] = [0, 0]
  for (const [block, lanes] of blocks.entries()) {
    const part = rows.subarray(from, from + sizes[block])
    const opened = await openHistograms(key, { rows: part, counts, compress, lanes }, options)
    opened.forEach((pairs, node) => {
      for (let cut = 0; cut < counts[node]; cut++) {
        const own = pairs.subarray(2 * lanes * cut, 2 * lanes * (cut + 1))
        sums[node].set(own, 2 * (outputs * cut + first))
      }
    })
    from += sizes[block]
    first += lanes
  }
  return sums
}

/** Columns of the same rows as one list, row after row. */
function beside(columns: readonly Float64Array[]): Float64Array {
  const [first] = columns
  if (columns.length === 1) return first
  const all = new Float64Array(first.length * columns.length)
  columns.forEach((values, at) => {
    for (let row = 0; row < values.length; row++) all[row * columns.length + at] = values[row]
  })
  return all
}
