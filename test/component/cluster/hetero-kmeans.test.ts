import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { heteroKmeans } from '../../../src/component/cluster/hetero-kmeans.ts'
import { maskValues, sumMasked } from '../../../src/component/cluster/masked-sum.ts'
import { evaluation } from '../../../src/component/evaluate/evaluation.ts'
import { createRng } from '../../../src/compute/ml/rng.ts'
import { numberFrame, numbersOf } from '../../helpers/frames.ts'
import { type ComponentRun, runComponent, type RunOptions } from '../../helpers/parties.ts'

const ROWS = 90
const rng = createRng(41)
const GROUP = Array.from({ length: ROWS }, (_, row) => row % 3)
const make = (at: number): number[] => GROUP.map((group) => rng.normal() + (group === at ? 6 : 0))
const OWN = { x0: make(0), x1: make(1) }
const THEIRS = { h0: make(2) }
const MORE = { g0: make(1) }
const IDS = GROUP.map((_, row) => `r${String(row).padStart(2, '0')}`)
const MEMBERS = { guest: ['1'], host: ['2', '3'], arbiter: ['4'] }
const FRAMES = {
  'guest:1': numberFrame(OWN, { ids: IDS, labels: GROUP }),
  'host:2': numberFrame(THEIRS, { ids: IDS }),
  'host:3': numberFrame(MORE, { ids: IDS }),
}

function run(
  slot: 'train_data' | 'eval_data',
  from?: ComponentRun,
  more: Partial<RunOptions> = {},
): Promise<ComponentRun> {
  return runComponent(heteroKmeans, {
    members: MEMBERS,
    params: { k: 3 },
    tables: Object.fromEntries(
      Object.entries(FRAMES).map(([at, frame]) => [at, { [slot]: frame }]),
    ),
    models:
      from &&
      Object.fromEntries(
        (['guest:1', 'host:2', 'host:3'] as const).map((at) => [
          at,
          { model: from.parties[at].models[0] },
        ]),
      ),
    ...more,
  })
}

/** Lloyd's algorithm on all columns together, from the same first rows. */
function plainly(): number[] {
  const points = GROUP.map((_, row) => [OWN.x0[row], OWN.x1[row], THEIRS.h0[row], MORE.g0[row]])
  const order = createRng(0).shuffle(points.map((_, row) => row))
  let centres = order.slice(0, 3).map((row) => points[row])
  for (;;) {
    const groups = points.map((point) => {
      const far = centres.map((centre) =>
        centre.reduce((sum, c, at) => sum + (c - point[at]) ** 2, 0),
      )
      return far.indexOf(Math.min(...far))
    })
    const next = centres.map((centre, group) => {
      const own = points.filter((_, row) => groups[row] === group)
      if (own.length === 0) return centre
      return centre.map((_, at) => own.reduce((sum, point) => sum + point[at], 0) / own.length)
    })
    const move = next.flat().reduce((sum, c, at) => sum + (c - centres.flat()[at]) ** 2, 0)
    centres = next
    if (move < 1e-12) return groups
  }
}

describe('HeteroKmeans', () => {
  it('predicts without an arbiter as with one, and hosts tell differences of distances only', async () => {
    const done = await run('train_data')
    const { arbiter: _, ...members } = MEMBERS
    const [judged, alone] = [
      await run('eval_data', done),
      await run('eval_data', done, { members }),
    ]
    const groupsOf = ({ parties }: ComponentRun) =>
      numbersOf(parties['guest:1'].tables[0], 'predict_result')
    assert.deepEqual(groupsOf(alone), groupsOf(judged))
    assert.deepEqual(groupsOf(alone), plainly())
    assert.equal(alone.unread, 0)
    const told = alone.wire.filter(({ tag }) => !tag.startsWith('row_'))
    assert.deepEqual(
      new Set(told.map(({ from, to, tag }) => `${from} ${to} ${tag}`)),
      new Set(['host:2 guest:1 centre_offsets', 'host:3 guest:1 centre_offsets']),
    )
    const names = alone.parties['guest:1'].tables[0].columns.map(({ name }) => name)
    assert.equal(names.includes('cluster_shape'), false)
  })

  it('groups rows as the same algorithm on all columns does, and other rows by its centres', async () => {
    const done = await run('train_data')
    const groups = numbersOf(done.parties['guest:1'].tables[0], 'predict_result')
    assert.deepEqual(groups, plainly())
    const { param } = done.parties['host:2'].models[0]
    assert.equal(param['converged'], true)
    assert.equal(done.unread, 0)
    assert.deepEqual(done.parties['host:2'].tables, [])
    const again = await run('eval_data', done)
    assert.deepEqual(numbersOf(again.parties['guest:1'].tables[0], 'predict_result'), groups)
  })

  it('sends distances of one party only under masks that are fresh each time', async () => {
    const sent = async (): Promise<Uint8Array[]> =>
      (await run('train_data')).wire.flatMap(({ from, tag, bytes }) =>
        from === 'host:2' && tag === 'distances' ? [bytes] : [],
      )
    const [first, second] = [await sent(), await sent()]
    assert.notDeepEqual(first[0], second[0])
    // The last two rounds have nearly the same centres; without masks of their own they would differ in few bytes.
    const [a, b] = [first.at(-1) ?? new Uint8Array(), first.at(-2) ?? new Uint8Array()]
    const same = a.reduce((count, byte, at) => count + (byte === b[at] ? 1 : 0), 0)
    assert.ok(same < a.length / 20, `${same} of ${a.length}`)
  })
})

describe('HeteroKmeans and Evaluation', () => {
  it('tell how well groups lie apart, as plain numbers do', async () => {
    const done = await run('train_data')
    const [frame] = done.parties['guest:1'].tables
    const groups = numbersOf(frame, 'predict_result')
    const { parties } = await runComponent(evaluation, {
      members: { guest: ['1'] },
      params: { eval_type: 'clustering', metrics: ['davies_bouldin_index', 'distance_measure'] },
      tables: { 'guest:1': { data: [{ source: 'hetero_kmeans_0', frame }] } },
    })
    const points = GROUP.map((_, row) => [OWN.x0[row], OWN.x1[row], THEIRS.h0[row], MORE.g0[row]])
    const apart = (a: readonly number[], b: readonly number[]) =>
      Math.sqrt(a.reduce((sum, value, at) => sum + (value - b[at]) ** 2, 0))
    const centres = [0, 1, 2].map((group) => {
      const own = points.filter((_, row) => groups[row] === group)
      return points[0].map((_, at) => own.reduce((sum, point) => sum + point[at], 0) / own.length)
    })
    const radii = centres.map((centre, group) => {
      const own = points.filter((_, row) => groups[row] === group)
      return own.reduce((sum, point) => sum + apart(point, centre), 0) / own.length
    })
    const worst = centres.map((a, at) =>
      Math.max(
        ...centres.flatMap((b, other) =>
          other === at ? [] : (radii[at] + radii[other]) / apart(a, b),
        ),
      ),
    )
    const expected = (worst[0] + worst[1] + worst[2]) / 3
    const { metrics } = parties['guest:1']
    const [[name, found]] = metrics[0].points
    assert.equal(name, 'davies_bouldin')
    assert.ok(Math.abs(found - expected) < 2e-6, `${found} and ${expected}`)
    const { meta } = metrics[1]
    assert.equal(metrics[1].name, 'hetero_kmeans_0_distance_measure')
    assert.deepEqual(meta['cluster_index'], [0, 1, 2])
    const told = meta['avg_intra_dist'] as number[]
    told.forEach((radius, at) => assert.ok(Math.abs(radius - radii[at]) < 1e-5))
    const nearest = meta['nearest_inter_dist'] as number[]
    nearest.forEach((distance, at) => {
      const others = centres.flatMap((centre, other) =>
        other === at ? [] : apart(centre, centres[at]),
      )
      assert.ok(Math.abs(distance - Math.min(...others)) < 1e-5)
    })
  })
})

describe('a HeteroKmeans that is stopped and goes on', () => {
  for (const share of [0.4, 0.7, 0.95]) {
    it(`ends as an undisturbed one: at ${share}`, async () => {
      const whole = await run('train_data')
      const checkpoints: RunOptions['checkpoints'] = {}
      let left = Math.floor(share * whole.wire.length)
      const crash = run('train_data', undefined, {
        checkpoints,
        tamper({ bytes }) {
          if (left-- > 0) return bytes
          throw new Error('line cut')
        },
      })
      await assert.rejects(crash, /line cut/)
      const resumed = await run('train_data', undefined, { checkpoints })
      assert.deepEqual(resumed.parties['guest:1'].tables, whole.parties['guest:1'].tables)
      for (const at of ['guest:1', 'host:2', 'host:3'] as const) {
        assert.deepEqual(resumed.parties[at].models, whole.parties[at].models)
      }
      const moves = (of: ComponentRun) =>
        of.parties['arbiter:4'].metrics.map(({ points }) => points)
      assert.deepEqual(moves(resumed), moves(whole))
      const count = (of: ComponentRun) => of.wire.filter(({ tag }) => tag === 'nearest').length
      assert.ok(count(resumed) < count(whole), `${count(resumed)} of ${count(whole)}`)
    })
  }
})

describe('maskValues', () => {
  it('gives the sum when all masks are there, and refuses what does not fit', async () => {
    const keys = [Uint8Array.from({ length: 16 }, (_, at) => at), new Uint8Array(16).fill(7)]
    const round = 3
    const parts = [
      await maskValues(Float64Array.of(1.5, -2), { subtract: keys, round }),
      await maskValues(Float64Array.of(2, 4), { add: [keys[0]], round }),
      await maskValues(Float64Array.of(0.25, 0), { add: [keys[1]], round }),
    ]
    assert.deepEqual([...sumMasked(parts)], [3.75, 2])
    assert.notDeepEqual([...sumMasked(parts.slice(1))], [2.25, 4])
    await assert.rejects(maskValues(Float64Array.of(2 ** 40), { round }), /is too large/)
  })
})
