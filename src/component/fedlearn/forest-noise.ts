/**
 * Noise that hides single labels in a tree: which split is taken, and what leaves say.
 *
 * Two tables are neighbours where one label differs (K. Chaudhuri, D. Hsu, "Sample complexity bounds for
 * differentially private learning", COLT 2011: label privacy). Of the budget of a tree one half is for its leaves and the
 * other one in equal parts for its levels; nodes of a level have no row in common, so that each spends all of the
 * level's. Splits are drawn by the exponential mechanism (F. McSherry, K. Talwar, FOCS 2007), as the greatest of utilities
 * with Gumbel noise, and leaves have Laplace noise (C. Dwork et al., TCC 2006). For labels within ±b a utility
 * GL²/nL + GR²/nR changes by at most 4b² with one label, a leaf's mean of n labels by 2b/n.
 *
 * Noise is in double precision, of which the lowest bits are not covered (I. Mironov, CCS 2012).
 * @module
 */
import type { RandomBytes } from '../../compute/crypto/random.ts'
import type { GrownTree, Tree } from '../../compute/ml/tree/grow.ts'
import { type bestSplit, scoreOf } from '../../compute/ml/tree/split.ts'

/** The budget of one tree, and the magnitude of its labels. */
export interface TreeNoise {
  readonly epsilon: number
  readonly levels: number
  readonly bound: number
  readonly random: RandomBytes
}

/** Chooses a split by the exponential mechanism; undefined only where there is none. */
export function noisyChoice({ epsilon, levels, bound, random }: TreeNoise): typeof bestSplit {
  const scale = (2 * 4 * bound ** 2) / (epsilon / 2 / levels)
  return (total, left, { units, rule }) => {
    const whole = scoreOf(total, units, rule)
    let best: { gain: number; ties: number[] } | undefined
    for (let at = 0; 2 * at < left.length; at++) {
      const side = { g: left[2 * at], h: left[2 * at + 1] }
      const other = { g: total.g - side.g, h: total.h - side.h }
      const gain =
        scoreOf(side, units, rule) + scoreOf(other, units, rule) - whole + scale * gumbel(random)
      if (!best || gain > best.gain) best = { gain, ties: [at] }
    }
    return best
  }
}

/** The tree with leaves under noise, and without what its inner nodes would say; `factor` is what labels were multiplied with. */
export function noisyLeaves(
  { tree, leaves }: GrownTree,
  { used, factor, noise }: { used: Uint32Array; factor: number; noise: TreeNoise },
): Tree {
  const { epsilon, bound, random } = noise
  const counts = new Uint32Array(tree.length)
  for (const row of used) counts[leaves[row]]++
  return tree.map((node, at) => {
    if (node.split !== null) return { ...node, weight: 0, gain: 0 }
    const scale = (2 * bound) / Math.max(1, counts[at]) / (epsilon / 2)
    const mean = node.weight / factor + scale * laplace(random)
    return { ...node, weight: Math.min(bound, Math.max(-bound, mean)) * factor }
  })
}

/** Uniform strictly between 0 and 1. */
function uniform(random: RandomBytes): number {
  const bytes = random(7)
  const high = bytes[0] + 256 * bytes[1] + 65_536 * (bytes[2] & 0x0f)
  const low = bytes[3] + 256 * (bytes[4] + 256 * (bytes[5] + 256 * bytes[6]))
  return (high * 2 ** 32 + low + 0.5) * 2 ** -52
}

function gumbel(random: RandomBytes): number {
  return -Math.log(-Math.log(uniform(random)))
}

function laplace(random: RandomBytes): number {
  const u = uniform(random) - 0.5
  return -Math.sign(u) * Math.log1p(-2 * Math.abs(u))
}
