import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { z } from 'zod'

import { component } from '../../../src/component/define.ts'
import { COMPONENTS } from '../../../src/component/registry.ts'
import { autoTuning } from '../../../src/component/search/auto-tuning.ts'
import { repeatedLoss } from '../../../src/compute/crypto/privacy-composition.ts'
import type { Frame } from '../../../src/compute/ml/frame.ts'
import { type ComponentRun, runComponent, type RunOptions } from '../../helpers/parties.ts'
import { seriesOf } from '../../helpers/vertical-data.ts'

const EACH = { epsilon: 1.6, delta: 1e-8 }
const CANDIDATES = [{ x: 9 }, { x: 4.5 }, { x: 3 }, { x: 1 }]
/** Four sets, and the best of these again. */
const TRIALS = 5

/** Which rows each training has used the labels of, in the order of time. */
let trainings: { learnt: readonly string[]; measured: readonly string[] }[] = []
/** After how many of them the guest is stopped. */
let stopAfter = Infinity

/** An algorithm under noise that takes no time; `exact` has metrics of rows to validate with that are not under it. */
function noisy(exact: boolean) {
  return component({
    name: exact ? 'StubExact' : 'StubNoisy',
    summary: 'A training that takes no time',
    roles: ['guest', 'host'],
    requires: ['guest', 'host'],
    params: z.looseObject({ x: z.number(), rounds: z.number().default(1) }),
    paramsName: 'StubParam',
    inputs: { data: ['train_data', 'validate_data'], model: [] },
    outputs: { data: true, model: true },
    deployed: true,
    messages: { hello: { kind: 'plain', from: ['guest'], to: ['host'], reveals: 'Nothing.' } },
    privacy: () => (exact ? { ...EACH, delta: 0, validated: false } : { ...EACH, validated: true }),
    async run(context) {
      const { x, rounds } = context.params
      if (context.role === 'host') return void (await context.channel.receive('guest:0', 'hello'))
      const idsOf = async (slot: 'train_data' | 'validate_data') =>
        context.connected.data.includes(slot)
          ? (await context.tables(slot)).flatMap(({ frame }) => frame.ids)
          : []
      trainings.push({
        learnt: await idsOf('train_data'),
        measured: await idsOf('validate_data'),
      })
      if (trainings.length > stopAfter) throw new Error('stopped')
      await context.channel.send('host:1', 'hello', new Uint8Array(1))
      const meta = { name: 'rmse', metric_type: 'LOSS' }
      const points = [[0, Math.abs(x - 3) + 1 / rounds] as const]
      context.metric({ namespace: 'validate', name: 'rmse', points, meta })
      await context.writeModel({ name: 'Stub', param: { x }, meta: {} })
    },
  })
}

const ROWS: Frame = {
  kind: 'data',
  idName: 'uid',
  ids: Array.from({ length: 12 }, (_, row) => `r${row}`),
  columns: [],
}

function run(
  of: { exact?: boolean; folds?: number; maxEpsilon?: number },
  checkpoints?: RunOptions['checkpoints'],
): Promise<ComponentRun> {
  const { exact = false, ...params } = of
  const tuning = autoTuning(noisy(exact))
  const effort = { param: 'rounds', values: [2, 5] }
  const tables = { train_data: ROWS, ...(of.folds ? {} : { validate_data: ROWS }) }
  return runComponent(tuning, {
    members: { guest: ['0'], host: ['1'] },
    params: tuning.params.parse({ candidates: CANDIDATES, effort, ...params }),
    tables: { 'guest:0': tables, 'host:1': tables },
    ...(checkpoints ? { checkpoints } : {}),
  })
}

async function search(...of: Parameters<typeof run>): Promise<ComponentRun> {
  trainings = []
  stopAfter = Infinity
  return run(...of)
}

/** In how many trainings the label of a row was used: learnt from, or measured under noise. */
function uses(row: string, { exact = false } = {}): number {
  return trainings.filter(
    ({ learnt, measured }) => learnt.includes(row) || (!exact && measured.includes(row)),
  ).length
}

const told = (of: ComponentRun) => ({
  epsilon: seriesOf(of, 'dpEpsilon', 'train'),
  delta: seriesOf(of, 'dpDelta', 'train'),
})

describe('the promise of a search under noise', { timeout: 300_000 }, () => {
  it('is that of all its trials together, told after each and in advance', async () => {
    const found = await search({})
    assert.equal(trainings.length, TRIALS)
    const whole = repeatedLoss(EACH, TRIALS)
    assert.deepEqual(
      seriesOf(found, 'epsilon', 'tuning'),
      [1, 2, 3, 4, 5].map((times) => repeatedLoss(EACH, times).epsilon),
    )
    assert.deepEqual(told(found), { epsilon: [whole.epsilon], delta: [1e-8] })
    const [warning, ...others] = found.parties['guest:0'].warnings
    assert.match(warning, /^Every training hides single labels with an epsilon of 1\.6; the 5 of/)
    assert.match(warning, new RegExp(`come to ${whole.epsilon.toPrecision(3)} \\(delta 1e-8\\)`))
    assert.deepEqual(others, [])
  })

  it('counts every fold that uses a row, and the training on all rows', async () => {
    for (const folds of [2, 3, 4]) {
      for (const exact of [false, true]) {
        const found = await search({ folds, exact })
        const counted = ROWS.ids.map((row) => uses(row, { exact }))
        assert.equal(new Set(counted).size, 1)
        assert.equal(counted[0], TRIALS * (exact ? folds - 1 : folds) + 1)
        const each = exact ? { ...EACH, delta: 0 } : EACH
        assert.deepEqual(told(found).epsilon, [repeatedLoss(each, counted[0]).epsilon])
        const planned = autoTuning(noisy(exact)).privacy?.({
          candidates: CANDIDATES,
          effort: { param: 'rounds', values: [2, 5] },
          folds,
          maxEpsilon: null,
        })
        assert.deepEqual(planned, {
          ...repeatedLoss(each, counted[0]),
          validated: !exact,
          several: { trainings: counted[0], each },
        })
      }
    }
  })

  it('says that the order of trials is not covered where it comes of exact metrics', async () => {
    const warnings = async (exact: boolean) =>
      (await search({ exact })).parties['guest:0'].warnings.join()
    assert.match(await warnings(true), /come to 8 together; how trials rank follows from metrics/)
    assert.doesNotMatch(await warnings(false), /exact/)
  })

  it('stays within what the caller allows, and keeps the best trial until then', async () => {
    const found = await search({ exact: true, maxEpsilon: 5 })
    assert.equal(trainings.length, 3)
    assert.ok(told(found).epsilon[0] <= 5)
    assert.deepEqual(found.parties['guest:0'].models[0].param, { x: 3 })
    // Three folds use a row twice, and one training is left for all rows.
    const folded = await search({ exact: true, folds: 3, maxEpsilon: 9.7 })
    assert.equal(trainings.length, 2 * 3 + 1)
    assert.equal(uses('r0', { exact: true }), 5)
    assert.deepEqual(told(folded).epsilon, [8])
    await assert.rejects(
      search({ maxEpsilon: 1 }),
      /maxEpsilon allows 1, and 1 times an epsilon of 1\.6 comes to 1\.6: raise it/,
    )
  })

  it('charges trials that were interrupted, as they draw their noise anew', async () => {
    const checkpoints: NonNullable<RunOptions['checkpoints']> = {}
    trainings = []
    stopAfter = 2
    await assert.rejects(run({ exact: true, maxEpsilon: 7 }, checkpoints), /stopped/)
    stopAfter = 3
    await assert.rejects(run({ exact: true, maxEpsilon: 7 }, checkpoints), /stopped/)
    stopAfter = Infinity
    assert.equal(trainings.length, 4)
    const found = await run({ exact: true, maxEpsilon: 7 }, checkpoints)
    // Two trials were done and two more begun: there is no room for a fifth training of 1.6.
    assert.equal(trainings.length, 4)
    assert.deepEqual(told(found).epsilon, [repeatedLoss({ ...EACH, delta: 0 }, 4).epsilon])
  })

  it('is there of every algorithm with a parameter for it, and of no other', () => {
    const withNoise = [...COMPONENTS.values()]
      .filter(({ name, privacy }) => !name.startsWith('Auto') && privacy)
      .map(({ name, params, privacy }) => {
        const noise = { useDP: 'true', dpEpsilon: 1.5, randomizedResponseProbability: 0.5 }
        assert.equal(privacy?.(params.parse({})), undefined, name)
        const set = params.parse(noise)
        const found = COMPONENTS.get(`Auto${name}`)?.privacy?.({
          candidates: [set, set],
          effort: null,
          folds: 1,
          maxEpsilon: null,
        })
        const each = privacy?.(set)
        assert.ok(each && found?.several)
        assert.equal(found.several.trainings, 2)
        assert.equal(found.epsilon, repeatedLoss(each, 2).epsilon)
        return [name, Number(each.epsilon.toFixed(3)), each.delta]
      })
    assert.deepEqual(withNoise, [
      // ln(1 + 33): as many answers as bins, half of them drawn.
      ['FederatedGB', 3.526, 0],
      ['RandomForest', 1.5, 0],
      ['FederatedKernel', 1.5, 1e-8],
      ['VerticalLinearRegression', 1.5, 1e-8],
      ['VerticalLR', 1.5, 1e-8],
    ])
  })
})
