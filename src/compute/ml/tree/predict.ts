/**
 * Sends rows through trees, all trees at once and one level after another, so that a party whose splits are asked
 * for is asked no more often than the trees are deep.
 * @module
 */
import { isMissing, type MissingRule } from './binning.ts'
import type { Tree } from './grow.ts'

/** Rows that stand at a split of another party. */
export interface Query {
  readonly key: number
  readonly rows: Uint32Array
}

/** What prediction needs besides the trees. */
export interface PredictOptions {
  /** The columns of party 0, by feature. */
  readonly columns: readonly Float64Array[]
  readonly rows: number
  readonly rule: MissingRule
  /** Asks another party: for each row of each query 1 for left, 0 for right. */
  ask?(party: number, queries: readonly Query[]): Promise<Uint8Array[]>
}

/** Whether `value` goes left at a split of a column that is at hand. */
export function valueGoesLeft(
  value: number,
  split: { threshold: number; missingLeft: boolean },
  rule: MissingRule,
): boolean {
  return isMissing(value, rule) ? split.missingLeft : value <= split.threshold
}

/** The leaf of every row in every tree: `result[tree][row]`. */
export async function findLeaves(
  trees: readonly Tree[],
  options: PredictOptions,
): Promise<Int32Array[]> {
  const { columns, rows, rule, ask } = options
  const places = trees.map(() => new Int32Array(rows))

  /** Moves rows as far as the own columns tell; collects those that stand at other parties' splits. */
  function advance(waiting: readonly { tree: number; rows: Iterable<number> }[]) {
    const stops = new Map<number, Map<string, { tree: number; key: number; rows: number[] }>>()
    for (const { tree, rows: movers } of waiting) {
      const place = places[tree]
      for (const row of movers) {
        for (;;) {
          const node = trees[tree][place[row]]
          if (node.split === null) break
          if ('key' in node.split) {
            const { party, key } = node.split
            const ofParty = stops.get(party) ?? new Map()
            stops.set(party, ofParty)
            const name = `${tree} ${place[row]}`
            const stop = ofParty.get(name) ?? { tree, key, rows: [] }
            ofParty.set(name, stop)
            stop.rows.push(row)
            break
          }
          const left = valueGoesLeft(columns[node.split.feature][row], node.split, rule)
          place[row] = left ? node.left : node.right
        }
      }
    }
    return stops
  }

  const all = Uint32Array.from({ length: rows }, (_, row) => row)
  let stops = advance(trees.map((_, tree) => ({ tree, rows: all })))
  while (stops.size > 0) {
    if (!ask) throw new RangeError('findLeaves: a split belongs to a party that cannot be asked')
    const rounds = await Promise.all(
      [...stops].map(async ([party, byNode]) => {
        const list = [...byNode.values()]
        const queries = list.map(({ key, rows: at }) => ({ key, rows: Uint32Array.from(at) }))
        return { list, answers: await ask(party, queries) }
      }),
    )
    stops = advance(
      rounds.flatMap(({ list, answers }) =>
        list.map(({ tree, rows: movers }, index) => {
          movers.forEach((row, at) => {
            const node = trees[tree][places[tree][row]]
            places[tree][row] = answers[index][at] === 1 ? node.left : node.right
          })
          return { tree, rows: movers }
        }),
      ),
    )
  }
  return places
}

/** How many trees a round has: one for each of `outputs`, or one that has them all. */
export function treesPerRound(trees: readonly Tree[], outputs: number): number {
  return trees.at(0)?.[0].weights ? 1 : outputs
}

/** Adds the weights of the leaves of tree i to `scores[i % scores.length]`, of trees with several outputs to all. */
export function addLeaves(
  scores: readonly Float64Array[],
  trees: readonly Tree[],
  leaves: readonly Int32Array[],
): void {
  trees.forEach((tree, index) => {
    const place = leaves[index]
    if (tree[0].weights) {
      scores.forEach((score, output) => {
        const steps = tree.map(({ weights }) => weights?.[output] ?? 0)
        for (let row = 0; row < score.length; row++) score[row] += steps[place[row]]
      })
      return
    }
    const score = scores[index % scores.length]
    for (let row = 0; row < score.length; row++) score[row] += tree[place[row]].weight
  })
}
