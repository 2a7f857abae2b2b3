/**
 * Successive halving: many candidates are tried cheaply, the better ones again with more effort, until few are left that
 * get all of it (Jamieson and Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization",
 * AISTATS 2016).
 * @module
 */
/** A trial: a candidate by its number, and in which round of the halving. */
export interface Trial {
  readonly candidate: number
  readonly rung: number
}

/** How good a trial was: the larger the better. */
export interface ScoredTrial extends Trial {
  readonly score: number
}

/**
 * The trial that comes after those, or undefined after the last one. In round 0 all `candidates` are tried, in each later
 * of `rungs` rounds the best third of those before it, at least one; of equal ones the earlier.
 */
export function nextTrial(
  done: readonly ScoredTrial[],
  { candidates, rungs }: { readonly candidates: number; readonly rungs: number },
): Trial | undefined {
  let contenders = Array.from({ length: candidates }, (_, at) => at)
  for (let rung = 0; rung < rungs; rung++) {
    const scored = done.filter((trial) => trial.rung === rung)
    const open = contenders.find((one) => !scored.some(({ candidate }) => candidate === one))
    if (open !== undefined) return { candidate: open, rung }
    contenders = scored
      .toSorted((a, b) => worth(b.score) - worth(a.score) || a.candidate - b.candidate)
      .slice(0, Math.max(1, Math.floor(contenders.length / THIRD)))
      .map(({ candidate }) => candidate)
  }
  return undefined
}

/** How many trials there are in all. */
export function countTrials(candidates: number, rungs: number): number {
  let count = 0
  let left = candidates
  for (let rung = 0; rung < rungs; rung++) {
    count += left
    left = Math.max(1, Math.floor(left / THIRD))
  }
  return count
}

const THIRD = 3

function worth(score: number): number {
  // What is no number is worse than anything.
  return Number.isNaN(score)
    ? -Number.MAX_VALUE
    : Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, score))
}
