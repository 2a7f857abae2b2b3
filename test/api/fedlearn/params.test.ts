import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { readParams } from '../../../src/api/fedlearn/params.ts'

describe('algorithmParams', () => {
  it('takes what the document’s sample sends, and says what of it has no effect', () => {
    const { values, unknown, label } = readParams('FederatedGB', [
      { field: 'secretKey', value: 'rtretwery454' },
      { field: 'encryptionAlgorithm', value: 'RSA' },
      { field: 'trainStepLimit', value: '1000' },
      { field: 'eval_metric', value: ['rmse', 'mape'] },
      { field: 'crossValidation', value: 1 },
    ])
    assert.deepEqual(values['evalMetric'], ['RMSE', 'MAPE'])
    assert.equal(values['crossValidation'], 1)
    assert.equal(values['numBin'], 33)
    assert.deepEqual(unknown, ['secretKey', 'encryptionAlgorithm', 'trainStepLimit'])
    assert.equal(label, null)
  })

  it('reads numbers from texts, words in any spelling, and several metrics from one text', () => {
    const { values, label } = readParams('FederatedGB', [
      { field: 'num_boost_round', value: '50' },
      { field: 'objective', value: 'reg_logistic' },
      { field: 'evalMetric', value: '["AUC", "ks"]'.replace(', "ks"', ',"ACC"') },
      { field: 'maximize', value: true },
      { field: 'eta', value: null },
      { field: 'label', value: 'Outcome' },
    ])
    assert.deepEqual(
      [values['numBoostRound'], values['objective'], values['maximize'], values['eta']],
      [50, 'regLogistic', 'true', 0.3],
    )
    assert.deepEqual(values['evalMetric'], ['AUC', 'ACC'])
    assert.equal(label, 'Outcome')
  })

  const REFUSED: readonly [field: string, value: unknown, message: RegExp][] = [
    ['eta', 2, /eta is 2, expected a number from 0.01 to 1/],
    ['eta', 'fast', /eta is "fast", expected a number/],
    ['eta', Number.NaN, /expected a number/],
    ['eta', {}, /eta is \{\}/],
    ['objective', 'hinge', /objective is "hinge", expected regLogistic or/],
    ['evalMetric', ['RMSE', 'KSX'], /evalMetric is "KSX", expected RMSE or/],
    ['label', '', /label is "", expected the name of the column/],
  ]
  for (const [field, value, message] of REFUSED) {
    it(`refuses ${field} = ${JSON.stringify(value)}`, () => {
      assert.throws(() => readParams('FederatedGB', [{ field, value }]), message)
    })
  }
})
