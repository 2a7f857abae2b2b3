import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { parseFateConf } from '../../../src/flow/parse/fate-conf.ts'
import { strayParameters } from '../../../src/flow/parse/fate-stray.ts'
import { trainConf } from '../../helpers/fate-jobs.ts'

const BASE = {
  initiator: { role: 'guest', party_id: 9999 },
  role: { guest: [9999], host: [10000, 10001] },
}

describe('strayParameters', () => {
  it('finds nothing where every name is in the DSL', () => {
    const conf = parseFateConf(trainConf())
    const names = ['dataio_0', 'intersection_0', 'hetero_lr_0', 'evaluation_0', 'not_in_the_dsl_0']
    assert.deepEqual(strayParameters(conf, names), [])
  })

  it('names components that the DSL does not have, with the one that was probably meant', () => {
    const conf = parseFateConf({
      ...BASE,
      job_parameters: { work_mode: 0 },
      role_parameters: { guest: { args: { data: {} }, intersect_0: { random_bit: [128] } } },
      algorithm_parameters: { intersect_0: {}, other_1: {} },
    })
    assert.deepEqual(strayParameters(conf, ['intersection_0', 'dataio_0']), [
      'job_runtime_conf has parameters of "intersect_0", which the DSL does not have: they are ignored; did you mean "intersection_0"?',
      'job_runtime_conf has parameters of "other_1", which the DSL does not have: they are ignored',
    ])
  })

  it('looks into all groups of version 2, and takes any Reader for the one of a prediction', () => {
    const conf = parseFateConf({
      ...BASE,
      dsl_version: 2,
      job_parameters: { common: {} },
      component_parameters: {
        common: { hetero_lr_0: {} },
        role: {
          guest: { '0': { reader_7: { table: { name: 'a', namespace: 'b' } }, args: {} } },
          host: { '0|1': { dataoi_0: {} } },
        },
      },
    })
    const told = strayParameters(conf, ['hetero_lr_0', 'dataio_0']).map(
      (sentence) => /"(.+?)"/.exec(sentence)?.[1],
    )
    assert.deepEqual(told, ['args', 'dataoi_0'])
  })

  it('tells of twenty at most', () => {
    const wrong = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`wrong_${at}`, {}]))
    const conf = parseFateConf({
      ...BASE,
      job_parameters: { work_mode: 0 },
      algorithm_parameters: wrong,
    })
    assert.equal(strayParameters(conf, ['dataio_0']).length, 20)
  })
})
