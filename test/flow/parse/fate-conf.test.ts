import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { FlowError } from '../../../src/flow/error.ts'
import { parametersAt, parseFateConf, tableArguments } from '../../../src/flow/parse/fate-conf.ts'
import { setPath, trainConf } from '../../helpers/fate-jobs.ts'

/** The configuration with one change; undefined removes. */
function changed(path: string, value: unknown): unknown {
  const conf = trainConf()
  setPath(conf, path, value)
  return conf
}

function failure(conf: unknown): string {
  try {
    const parsed = parseFateConf(conf)
    tableArguments(parsed)
    parametersAt(parsed, 'dataio_0', { role: 'guest', position: 0 })
  } catch (error) {
    assert.ok(error instanceof FlowError, String(error))
    return error.message
  }
  assert.fail('the configuration was accepted')
}

describe('parseFateConf', () => {
  it('reads initiator, parties and work mode, and party ids as digits', () => {
    const conf = parseFateConf(trainConf())
    assert.deepEqual(conf.initiator, { role: 'guest', party: '9999' })
    assert.deepEqual(conf.members, { guest: ['9999'], host: ['10000'], arbiter: ['10000'] })
    assert.equal(conf.workMode, 0)
    assert.equal(conf.jobType, 'train')
  })

  it('accepts party ids as texts and both work modes', () => {
    const conf = parseFateConf({
      ...trainConf(),
      initiator: { role: 'guest', party_id: '9999' },
      role: { guest: ['9999'], host: ['10000'], arbiter: ['10000'] },
      job_parameters: { work_mode: 1 },
    })
    assert.deepEqual(conf.initiator, { role: 'guest', party: '9999' })
    assert.equal(conf.workMode, 1)
  })

  it('allows no second try of a task unless it is asked for', () => {
    assert.equal(parseFateConf(trainConf()).autoRetries, 0)
    for (const given of [2, '2']) {
      const conf = parseFateConf(changed('job_parameters.auto_retries', given))
      assert.equal(conf.autoRetries, 2)
    }
    for (const bad of [-1, 1.5, 'often', '', null, 1001]) {
      assert.match(
        failure(changed('job_parameters.auto_retries', bad)),
        /^job_parameters\.auto_retries: expected a whole number from 0 to 1000, got /,
      )
    }
  })

  it('lists the tables of every party of a role by its place in the list', () => {
    const conf = parseFateConf({
      ...trainConf(),
      role: { guest: [9999], host: [10000, 10001], arbiter: [10000] },
      role_parameters: {
        host: {
          args: {
            data: {
              train_data: [
                { name: 'a', namespace: 'n' },
                { name: 'b', namespace: 'n' },
              ],
            },
          },
        },
      },
    })
    assert.deepEqual(tableArguments(conf), [
      { role: 'host', position: 0, party: '10000', key: 'train_data', namespace: 'n', name: 'a' },
      { role: 'host', position: 1, party: '10001', key: 'train_data', namespace: 'n', name: 'b' },
    ])
  })

  it('lays the values of a party over those for everyone, also inside nested objects', () => {
    const conf = parseFateConf({
      ...trainConf(),
      role: { guest: [9999], host: [10000, 10001] },
      algorithm_parameters: { lr_0: { rate: 1, init: { method: 'zeros', seed: 1 }, cols: [1, 2] } },
      role_parameters: {
        host: { lr_0: { rate: [2, 3], init: { seed: [7, 8] }, cols: [[3], [4, 5]] } },
      },
    })
    assert.deepEqual(parametersAt(conf, 'lr_0', { role: 'guest', position: 0 }), {
      rate: 1,
      init: { method: 'zeros', seed: 1 },
      cols: [1, 2],
    })
    assert.deepEqual(parametersAt(conf, 'lr_0', { role: 'host', position: 1 }), {
      rate: 3,
      init: { method: 'zeros', seed: 8 },
      cols: [4, 5],
    })
    assert.deepEqual(parametersAt(conf, 'unknown_0', { role: 'host', position: 0 }), {})
  })

  it('gives a key "__proto__" no meaning', () => {
    const conf = parseFateConf({
      ...trainConf(),
      algorithm_parameters: JSON.parse('{"lr_0": {"__proto__": {"polluted": true}}}'),
    })
    const merged = parametersAt(conf, 'lr_0', { role: 'guest', position: 0 })
    assert.equal(Object.getPrototypeOf(merged), Object.prototype)
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
  })

  const cases: [name: string, conf: unknown, message: string | RegExp][] = [
    ['no object', 'conf', /job_runtime_conf: expected an object, got "conf"/],
    ['nothing in it', {}, 'the following arguments are required: initiator,job_parameters,role '],
    [
      'an initiator without a party',
      changed('initiator.party_id', undefined),
      'the following arguments are required: party_id ',
    ],
    [
      'no work mode',
      changed('job_parameters.work_mode', undefined),
      'the following arguments are required: work_mode ',
    ],
    [
      'a work mode that does not exist',
      changed('job_parameters.work_mode', 7),
      'the following arguments are required:  work_mode=(0, 1)',
    ],
    [
      'an initiator that takes no part',
      changed('initiator.party_id', 1),
      'initiator party id error 1',
    ],
    [
      'a party id that is no number',
      changed('role.host', ['bank']),
      /role\.host: expected a party id, a whole number, got "bank"/,
    ],
    [
      'a role without parties',
      changed('role.host', []),
      /role\.host: expected a list of party ids/,
    ],
    ['a role nobody knows', changed('role.judge', [1]), /role\.judge: there is no such role/],
    ['a party twice', changed('role.host', [1, '1']), /role\.host: party 1 stands there twice/],
    ['an unknown job type', changed('job_parameters.job_type', 'x'), /job_type: expected "train"/],
    ['version 3', changed('dsl_version', 3), /dsl_version: expected 1 or 2, got 3/],
    [
      'a role parameter that is no list',
      changed('role_parameters.guest.dataio_0.with_label', true),
      /role_parameters\.guest\.dataio_0\.with_label: expected a list with one value for each guest party, got true/,
    ],
    [
      'a role parameter without a value for the party',
      changed('role_parameters.guest.dataio_0.with_label', []),
      /with_label: expected a value for each guest party, at least 1, got 0/,
    ],
    [
      'a table without a namespace',
      changed('role_parameters.guest.args.data.train_data', [{ name: 'x' }]),
      /train_data: expected {"name": …, "namespace": …} for guest 9999, got {"name":"x"}/,
    ],
  ]
  for (const [name, conf, message] of cases) {
    it(`refuses ${name}`, () => {
      if (typeof message === 'string') assert.equal(failure(conf), message)
      else assert.match(failure(conf), message)
    })
  }
})
