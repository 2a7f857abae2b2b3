import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { heteroFeatureBinning } from '../../../src/component/feature/hetero-feature-binning.ts'
import { heteroFeatureSelection } from '../../../src/component/feature/hetero-feature-selection.ts'
import { heteroPearson } from '../../../src/component/stats/hetero-pearson.ts'
import { features } from '../../../src/compute/ml/frame.ts'
import { numberFrame, randomColumns } from '../../helpers/frames.ts'
import { type ComponentRun, runComponent } from '../../helpers/parties.ts'

const ROWS = 80
const BASE = randomColumns('z', { columns: 5, rows: ROWS, seed: 31 })
const OWN = {
  x0: BASE['z0'],
  x1: BASE['z0'].map((value, row) => 2 * value + 0.3 * BASE['z1'][row] + 7),
  x2: BASE['z2'],
}
const THEIRS = { h0: BASE['z3'], h1: BASE['z2'].map((value, row) => 0.2 * BASE['z4'][row] - value) }
const LABELS = BASE['z0'].map((value, row) => (value + 0.5 * BASE['z2'][row] > 0 ? 1 : 0))
const IDS = LABELS.map((_, row) => `r${row}`)
const MEMBERS = { guest: ['1'], host: ['2'] }
// The host's rows stand in another order.
const BACK = { ids: IDS.toReversed() }
const TABLES = {
  'guest:1': { data: numberFrame(OWN, { labels: LABELS, ids: IDS }) },
  'host:2': { data: numberFrame({ h0: THEIRS.h0.toReversed(), h1: THEIRS.h1.toReversed() }, BACK) },
}
const KEY = { encrypt_param: { key_length: 1024 } }

function run(params: object = {}): Promise<ComponentRun> {
  return runComponent(heteroPearson, {
    members: MEMBERS,
    params: { ...KEY, ...params },
    tables: TABLES,
  })
}

function pearson(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((x, y) => x + y, 0) / values.length
  const [ma, mb] = [mean(a), mean(b)]
  const product = (x: readonly number[], mx: number, y: readonly number[], my: number): number =>
    x.reduce((sum, value, row) => sum + (value - mx) * (y[row] - my), 0)
  return product(a, ma, b, mb) / Math.sqrt(product(a, ma, a, ma) * product(b, mb, b, mb))
}

describe('HeteroPearson', () => {
  it('finds the coefficients of plain numbers, within a party and across parties', async () => {
    const { parties, unread } = await run()
    const guest = parties['guest:1'].models[0].param as Record<string, number[]>
    const host = parties['host:2'].models[0].param as Record<string, number[]>
    const own = Object.values(OWN)
    const theirs = Object.values(THEIRS)
    near(
      guest['localCorr'],
      own.flatMap((a) => own.map((b) => pearson(a, b))),
    )
    near(
      host['localCorr'],
      theirs.flatMap((a) => theirs.map((b) => pearson(a, b))),
    )
    const cross = own.flatMap((a) => theirs.map((b) => pearson(a, b)))
    near(guest['corr'], cross)
    near(host['corr'], cross)
    assert.deepEqual(guest['shape'], [3, 2])
    assert.equal(unread, 0)
  })

  it('finds variance inflation: of two columns 1 / (1 - r²)', async () => {
    const { parties } = await runComponent(heteroPearson, {
      members: { guest: ['1'] },
      params: { column_names: ['x0', 'x1'] },
      tables: { 'guest:1': TABLES['guest:1'] },
    })
    const r = pearson(OWN.x0, OWN.x1)
    const { localVif } = parties['guest:1'].models[0].param as { localVif: number[] }
    for (const vif of localVif) assert.ok(Math.abs(vif * (1 - r ** 2) - 1) < 1e-6, `${vif}`)
  })

  it('sends nothing when it keeps to each party', async () => {
    const { wire } = await run({ cross_parties: false })
    assert.equal(wire.length, 0)
  })

  it('lets a selection drop what inflates variance, and what correlates with a better column', async () => {
    const correlations = await run()
    const binned = await runComponent(heteroFeatureBinning, {
      members: MEMBERS,
      params: { ...KEY, bin_num: 5 },
      tables: TABLES,
    })
    const models = (at: 'guest:1' | 'host:2') => ({
      isometric_model: [binned, correlations].map(({ parties }, index) => {
        return { source: `m_${index}`, model: parties[at].models[0] }
      }),
    })
    async function left(params: object): Promise<string[][]> {
      const { parties } = await runComponent(heteroFeatureSelection, {
        members: MEMBERS,
        params,
        tables: TABLES,
        models: { 'guest:1': models('guest:1'), 'host:2': models('host:2') },
      })
      return (['guest:1', 'host:2'] as const).map((at) =>
        features(parties[at].tables[0]).map(({ name }) => name),
      )
    }
    assert.deepEqual(await left({ filter_methods: ['vif_filter'] }), [['x2'], ['h0', 'h1']])
    const params = { filter_methods: ['correlation_filter'], correlation_param: { threshold: 0.8 } }
    const [guest, host] = await left(params)
    assert.equal(guest.filter((name) => name === 'x0' || name === 'x1').length, 1)
    assert.equal(guest.includes('x2') && host.includes('h1'), false)
    assert.ok(host.includes('h0'))
  })
})

function near(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length)
  actual.forEach((value, at) => {
    assert.ok(Math.abs(value - expected[at]) < 1e-9, `${value} is not ${expected[at]}`)
  })
}
