/**
 * The tables of parameters against those of version 0.9.6, which lie beside a checkout on some machines.
 * @module
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'

import {
  algorithmOf,
  type AlgorithmParam,
  algorithmParams,
} from '../../../src/api/fedlearn/algorithms.ts'

const TABLES = new URL('../../../../shared/data/fedlearn/fedlearn-params.json', import.meta.url)
const missing = existsSync(TABLES) ? false : 'the tables lie beside the checkout on some machines'

/** Research of the original's without a training. */
const UNTRAINED = ['TreeInference', 'DelphiInference']

/** One release of labels costs less privacy than one an epoch. */
const ONCE = { defaultValue: 'OBJECTIVE_PERTURB' }
/** No column, instead of one that is called "1" or "null". */
const NO_COLUMN = { defaultValue: '' }

/** What is told otherwise here. */
const OTHERWISE: Readonly<Record<string, Partial<AlgorithmParam>>> = {
  'VerticalLinearRegression.dpType': ONCE,
  'VerticalLR.dpType': ONCE,
  'FederatedKernel.dpType': ONCE,
  // Shorter keys protect nothing.
  'FederatedGB.bitLength': { defaultValue: 'bit2048' },
  'MixGBoost.bitLength': { defaultValue: '2048' },
  'FederatedGB.catFeatures': NO_COLUMN,
  'RandomForest.cat_features': NO_COLUMN,
  // The document's own.
  'RandomForest.encryptionType': { describe: ['Javallier', 'Paillier', 'IterativeAffine'] },
  // One of the words that may be sent.
  'VerticalFDNN.isTest': { defaultValue: 'false' },
}

describe('the tables of parameters', () => {
  it('are those of 0.9.6, but for what is listed here', { skip: missing }, () => {
    const { '0.9.6-HEAD': tables } = JSON.parse(readFileSync(TABLES, 'utf8')) as Record<
      string,
      Record<string, AlgorithmParam[]>
    >
    const names = Object.keys(tables).filter((name) => !UNTRAINED.includes(name))
    assert.ok(names.length >= 11)
    const found: Record<string, Partial<AlgorithmParam>> = {}
    for (const name of names) {
      const algorithm = algorithmOf(name)
      assert.ok(algorithm, name)
      const ours = algorithmParams(algorithm)
      assert.deepEqual(
        ours.map(({ field }) => field).toSorted(),
        tables[name].map(({ field }) => field).toSorted(),
        name,
      )
      for (const theirs of tables[name]) {
        const own = ours.find(({ field }) => field === theirs.field)
        assert.ok(own)
        const different = differenceOf(own, theirs)
        if (Object.keys(different).length > 0) found[`${algorithm}.${own.field}`] = different
      }
    }
    assert.deepEqual(found, OTHERWISE)
  })
})

/** What of `own` is not as theirs; a number may be written as a text. */
function differenceOf(own: AlgorithmParam, theirs: AlgorithmParam): Partial<AlgorithmParam> {
  const plain = (key: string, value: unknown) =>
    own.type === 'NUMS' && key === 'defaultValue' ? Number(value) : value
  return Object.fromEntries(
    Object.entries(own).filter(
      ([key, value]) =>
        JSON.stringify(plain(key, value)) !==
        JSON.stringify(plain(key, theirs[key as keyof AlgorithmParam])),
    ),
  )
}
