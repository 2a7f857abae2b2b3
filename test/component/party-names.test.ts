/**
 * Models that go over to other parties: what they show is what a training of those would have shown.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Component, Model } from '../../src/component/define.ts'
import { heteroFeatureBinning } from '../../src/component/feature/hetero-feature-binning.ts'
import { heteroFeatureSelection } from '../../src/component/feature/hetero-feature-selection.ts'
import { renameParties, renameParty } from '../../src/component/party-names.ts'
import { COMPONENTS } from '../../src/component/registry.ts'
import { heteroPearson } from '../../src/component/stats/hetero-pearson.ts'
import { psi } from '../../src/component/stats/psi.ts'
import { decodeModel, encodeModel } from '../../src/runner/data/model-store.ts'
import { numberFrame, randomColumns } from '../helpers/frames.ts'
import { type RunOptions, runComponent } from '../helpers/parties.ts'

const ROWS = 60
// A column of the guest's is called like one of the old host's.
const OWN = { ...randomColumns('x', { columns: 2, rows: ROWS, seed: 1 }), host_2_7: draw(2) }
const THEIRS = [randomColumns('h', { columns: 2, rows: ROWS, seed: 3 }), { k0: draw(4) }]
const LABELS = OWN['host_2_7'].map((value) => (value > 0 ? 1 : 0))
const KEY = { encrypt_param: { key_length: 1024 } }
const NAMES = {
  guest: new Map([['1', '2']]),
  host: new Map([
    ['2', '31'],
    ['3', '2'],
  ]),
}
const OLD = { guest: ['1'], host: ['2', '3'] }
const NEW = { guest: ['2'], host: ['31', '2'] }

function draw(seed: number): number[] {
  return randomColumns('z', { columns: 1, rows: ROWS, seed })['z0']
}

type Run = Pick<RunOptions, 'params'> & {
  readonly slots: readonly ('data' | 'train_data' | 'validate_data')[]
  readonly isometric?: readonly Model[]
}

/** The models of the guest and of both hosts. */
async function models(
  component: Component,
  members: typeof OLD,
  { params, slots, isometric }: Run,
): Promise<Model[]> {
  const frames = [numberFrame(OWN, { labels: LABELS }), ...THEIRS.map((own) => numberFrame(own))]
  const places = [`guest:${members.guest[0]}`, ...members.host.map((party) => `host:${party}`)]
  const { parties } = await runComponent(component, {
    members,
    params: { ...KEY, ...params },
    tables: Object.fromEntries(
      places.map((place, at) => [
        place,
        Object.fromEntries(slots.map((slot) => [slot, frames[at]])),
      ]),
    ),
    ...(isometric
      ? {
          models: Object.fromEntries(
            places.map((place, at) => [place, { isometric_model: isometric[at] }]),
          ),
        }
      : {}),
  })
  return places.map((place) => parties[place as keyof typeof parties].models[0])
}

function renamed(component: Component, model: Model): Model {
  // As a server does it: with the text of the file.
  const asKept = JSON.parse(encodeModel(model)) as Model
  return decodeModel(JSON.stringify(component.renamed?.(asKept, NAMES)))
}

const same = (model: Model): Model => decodeModel(encodeModel(model))

describe('models under the names of other parties', () => {
  for (const [component, run] of [
    [heteroFeatureBinning, { params: { bin_num: 4 }, slots: ['data'] }],
    [psi, { params: { max_bin_num: 4 }, slots: ['train_data', 'validate_data'] }],
    [heteroPearson, { slots: ['data'] }],
  ] satisfies [Component, Run][]) {
    it(`${component.name} shows the new ones, and no column of one's own is renamed`, async () => {
      const old = await models(component, OLD, run)
      const fresh = await models(component, NEW, run)
      for (const [at, model] of old.entries()) {
        assert.deepEqual(renamed(component, model), same(fresh[at]))
      }
      assert.notDeepEqual(same(old[0]), same(fresh[0]))
    })
  }

  it('HeteroFeatureSelection shows the new ones in every filter', async () => {
    const binning: Run = { params: { bin_num: 4 }, slots: ['data'] }
    const [before, after] = [
      await models(heteroFeatureBinning, OLD, binning),
      await models(heteroFeatureBinning, NEW, binning),
    ]
    const params = { filter_methods: ['unique_value', 'iv_value_thres'] }
    const run = (isometric: Model[]): Run => ({ params, slots: ['data'], isometric })
    const old = await models(heteroFeatureSelection, OLD, run(before))
    const fresh = await models(heteroFeatureSelection, NEW, run(after))
    for (const [at, model] of old.entries()) {
      assert.deepEqual(renamed(heteroFeatureSelection, model), same(fresh[at]))
    }
    assert.notDeepEqual(same(old[0]), same(fresh[0]))
  })

  it('a name is taken as a whole', () => {
    const expected: [string, string][] = [
      ['host_2_0', 'host_31_0'],
      ['host_2', 'host_31'],
      ['guest_1', 'guest_2'],
      ['host_20_0', 'host_20_0'],
      ['my_host_2_0', 'my_host_2_0'],
      ['host_2_x', 'host_2_x'],
      ['arbiter_2', 'arbiter_2'],
    ]
    assert.deepEqual(
      expected.map(([text]) => renameParty(text, NAMES)),
      expected.map(([, now]) => now),
    )
    const value = {
      host_2_1: [{ role: 'guest', partyId: '1' }, { partyId: '2' }],
      splits: [1, null],
    }
    assert.deepEqual(renameParties(value, NAMES), {
      host_31_1: [{ role: 'guest', partyId: '2' }, { partyId: '31' }],
      splits: [1, null],
    })
  })

  it('no component has another way of naming hosts', () => {
    const known = new Set([
      'HeteroFeatureBinning',
      'HeteroFeatureSelection',
      'HeteroPearson',
      'PSI',
    ])
    const having = [...COMPONENTS.values()]
      .filter(({ renamed: hook }) => hook)
      .map(({ name }) => name)
    assert.deepEqual(new Set(having), known)
  })
})
