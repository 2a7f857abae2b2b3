import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { createRng } from '../../../src/compute/ml/rng.ts'
import type { Address } from '../../../src/federation/channel.ts'
import { encodeModel } from '../../../src/runner/data/model-store.ts'
import type { ComponentRun, RunOptions, WireMessage } from '../../helpers/parties.ts'
import { treeData } from '../../helpers/tree-data.ts'
import { tablesOf, trainApart } from './scene.ts'

const WIDTHS = [2, 2, 1]
const EVERY = { num_trees: 4, tree_param: { max_depth: 2 } }
const CASES: Record<string, { params: object; classes?: number; validate?: boolean }> = {
  'all rows and columns': { params: EVERY },
  'samples of both': {
    params: { ...EVERY, subsample_feature_rate: 0.6, subsample_row_rate: 0.7 },
  },
  'one-side sampling': { params: { ...EVERY, run_goss: true } },
  'three classes, in the middle of a round': { params: { ...EVERY, num_trees: 2 }, classes: 3 },
  'one tree for three classes': {
    params: { ...EVERY, multi_mode: 'multi_output', run_goss: true },
    classes: 3,
  },
  'a watched table and early stopping': {
    params: {
      ...EVERY,
      num_trees: 7,
      early_stopping_rounds: 1,
      metrics: ['loss'],
      learning_rate: 0.9,
    },
    validate: true,
  },
  'mixed trees': { params: { ...EVERY, boosting_strategy: 'mix' } },
}

describe('a HeteroSecureBoost that is stopped and goes on', { timeout: 300_000 }, () => {
  for (const [name, { params, classes = 2, validate = false }] of Object.entries(CASES)) {
    it(`ends as an undisturbed one: ${name}`, async () => {
      const data = treeData({ rows: 60, columns: 5, classes })
      const tables = tablesOf(data, WIDTHS)
      if (validate) {
        const others = tablesOf(treeData({ rows: 40, columns: 5, classes, seed: 12 }), WIDTHS, {
          slot: 'eval_data',
        })
        for (const party of Object.keys(tables) as Address[]) {
          Object.assign(tables[party], others[party])
        }
      }
      const whole = await trainApart(params, data, WIDTHS, { tables })
      const rng = createRng(name.length)
      const checkpoints: RunOptions['checkpoints'] = {}
      // More than once: an attempt that went on may be stopped as well.
      for (const share of [0.5 + 0.4 * rng.uniform(), rng.uniform()]) {
        const tamper = breakAt(Math.floor(share * whole.wire.length))
        const crash = trainApart(params, data, WIDTHS, { tables, checkpoints, tamper })
        await crash.then(undefined, (error: Error) => assert.equal(error.message, 'line cut'))
      }
      const resumed = await trainApart(params, data, WIDTHS, { tables, checkpoints })
      assert.deepEqual(outcome(resumed), outcome(whole))
      assert.ok(count(resumed.wire, 'positions') < count(whole.wire, 'positions'))
    })
  }

  it('goes back one tree with a host that was stopped before it kept its state', async () => {
    const { data, whole, checkpoints } = await stoppedAfter(3)
    assert.deepEqual([...(checkpoints['host:3']?.keys() ?? [])], [2, 3])
    checkpoints['host:3']?.delete(3)
    const resumed = await trainApart(EVERY, data, WIDTHS, { checkpoints })
    assert.deepEqual(outcome(resumed), outcome(whole))
    assert.equal(count(resumed.wire, 'gradients'), 4)
  })

  it('starts over with a member that has lost everything', async () => {
    const { data, whole, checkpoints } = await stoppedAfter(2)
    checkpoints['host:2']?.clear()
    const resumed = await trainApart(EVERY, data, WIDTHS, { checkpoints })
    assert.deepEqual(outcome(resumed), outcome(whole))
    assert.equal(count(resumed.wire, 'gradients'), 8)
  })

  it('keeps no key, and at a host no tree and no gradient', async () => {
    const { checkpoints } = await stoppedAfter(2)
    const host = [...(checkpoints['host:2']?.values() ?? [])].map(
      (text) => JSON.parse(text) as object,
    )
    assert.deepEqual(host.map(Object.keys), [['splits'], ['splits']])
    const guest = [...(checkpoints['guest:1']?.values() ?? [])].join()
    assert.doesNotMatch(guest, /Uint8Array|bigint/)
  })
})

/** A training of four trees, and one that ended when all had kept their state of `trees` trees. */
async function stoppedAfter(trees: number) {
  const data = treeData({ rows: 60, columns: 5, classes: 2 })
  const whole = await trainApart(EVERY, data, WIDTHS)
  const checkpoints: NonNullable<RunOptions['checkpoints']> = {}
  const seen: WireMessage[] = []
  const run = trainApart(EVERY, data, WIDTHS, {
    checkpoints,
    tamper(message) {
      seen.push(message)
      if (count(seen, 'gradients') > 2 * trees) throw new Error('line cut')
      return message.bytes
    },
  })
  await assert.rejects(run, /line cut/)
  return { data, whole, checkpoints }
}

function breakAt(last: number): (message: WireMessage) => Uint8Array {
  let left = last
  return ({ bytes }) => {
    if (left-- <= 0) throw new Error('line cut')
    return bytes
  }
}

function count(wire: readonly WireMessage[], tag: string): number {
  return wire.filter((message) => message.tag === tag).length
}

/** What a training leaves behind; series of points as the server would have them. */
function outcome(run: ComponentRun): unknown {
  return Object.entries(run.parties).map(([party, { models, tables, metrics }]) => {
    const curves = Map.groupBy(metrics, ({ namespace, name }) => `${namespace} ${name}`)
    return [
      party,
      models.map(encodeModel),
      tables,
      [...curves].map(([curve, parts]) => [curve, parts.flatMap(({ points }) => points)]),
    ]
  })
}
