import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Model } from '../../../src/component/define.ts'
import { heteroLr } from '../../../src/component/linear/hetero-lr.ts'
import type { LogisticState } from '../../../src/component/linear/linear-model.ts'
import { LogisticParam } from '../../../src/component/linear/logistic-param.ts'
import { bigintToBytes } from '../../../src/compute/crypto/bytes.ts'
import { cipherKeyFromBytes } from '../../../src/compute/crypto/cipher-vector.ts'
import { modPow } from '../../../src/compute/crypto/modular.ts'
import {
  type OuPublicKey,
  ouPublicKeyFromBytes,
} from '../../../src/compute/crypto/okamoto-uchiyama-key.ts'
import { column, takeRows, type Frame } from '../../../src/compute/ml/frame.ts'
import { sigmoid } from '../../../src/compute/ml/logistic.ts'
import { createRng } from '../../../src/compute/ml/rng.ts'
import type { Address } from '../../../src/federation/channel.ts'
import { blob } from '../../../src/federation/codec.ts'
import { runComponent, type ComponentRun, type RunOptions } from '../../helpers/parties.ts'
import { trainPlain, type PlainResult } from '../../helpers/plain-lr.ts'

const MEMBERS = { guest: ['9999'], host: ['10000'], arbiter: ['10000'] }
/** The shortest that Okamoto–Uchiyama has room in for what is opened. */
const SMALL_KEY = { encrypt_param: { key_length: 1408 } }
const RMSPROP = {
  ...SMALL_KEY,
  optimizer: 'rmsprop',
  learning_rate: 0.15,
  batch_size: -1,
  max_iter: 3,
  init_param: { init_method: 'random_uniform' },
}

/** Ids whose text order is their row order. */
function ids(rows: number): string[] {
  return Array.from({ length: rows }, (_, row) => `r${String(row).padStart(4, '0')}`)
}

interface Party {
  readonly names: readonly string[]
  readonly columns: readonly Float64Array[]
}

interface Sample {
  readonly guest: Party
  readonly hosts: readonly Party[]
  readonly labels: Float64Array
}

/** Rows whose label depends on all columns, a little noisily. */
function sample(options: {
  rows: number
  guest: number
  hosts: readonly number[]
  classes?: number
}): Sample {
  const { rows, classes = 2 } = options
  const rng = createRng(42)
  const party = (prefix: string, width: number): Party => ({
    names: Array.from({ length: width }, (_, col) => `${prefix}${col}`),
    columns: Array.from({ length: width }, () => Float64Array.from({ length: rows }, rng.normal)),
  })
  const guest = party('x', options.guest)
  const hosts = options.hosts.map((width, at) => party(`h${at}_`, width))
  const all = [guest, ...hosts].flatMap((each) => each.columns)
  const sums = Array.from({ length: rows }, (_, row) =>
    all.reduce(
      (sum, values, at) => sum + values[row] * (at % 2 === 0 ? 1 : -0.5),
      0.3 * rng.normal(),
    ),
  )
  const cuts = [...sums].sort((a, b) => a - b)
  const labels = Float64Array.from(sums, (sum) => {
    const place = cuts.findIndex((cut) => cut >= sum)
    return Math.floor((place * classes) / rows)
  })
  return { guest, hosts, labels }
}

function frameOf(party: Party, labels?: Float64Array): Frame {
  const columns = party.names.map((name, at) => ({
    name,
    type: 'number' as const,
    values: party.columns[at],
  }))
  const rows = party.columns[0].length
  if (!labels) return { kind: 'data', idName: 'id', ids: ids(rows), columns }
  const y = { name: 'y', type: 'number' as const, values: labels }
  return { kind: 'data', idName: 'id', ids: ids(rows), labelName: 'y', columns: [y, ...columns] }
}

function tablesOf(data: Sample, slot = 'train_data'): RunOptions['tables'] {
  const hosts = data.hosts.map((host, at) => [`host:${10000 + at}`, { [slot]: frameOf(host) }])
  return {
    'guest:9999': { [slot]: frameOf(data.guest, data.labels) },
    ...Object.fromEntries(hosts),
  }
}

function plain(params: object, data: Sample, positive = 1): PlainResult {
  return trainPlain(LogisticParam.parse(params), {
    guest: data.guest.columns,
    hosts: data.hosts.map((host) => host.columns),
    labels: data.labels.map((value) => (value === positive ? 1 : -1)),
  })
}

function weightsOf(
  run: ComponentRun,
  address: 'guest:9999' | `host:${number}`,
  model = 0,
): readonly number[] {
  return (run.parties[address].models[0].state as LogisticState).models[model].weights
}

function close(actual: readonly number[], expected: ArrayLike<number>, tolerance: number): void {
  assert.equal(actual.length, expected.length)
  actual.forEach((value, at) => {
    const message = `entry ${at}: ${value}, expected ${expected[at]}`
    assert.ok(Math.abs(value - expected[at]) <= tolerance, message)
  })
}

async function train(params: object, data: Sample): Promise<ComponentRun> {
  return runComponent(heteroLr, { members: MEMBERS, params, tables: tablesOf(data) })
}

/** Every metric point of the arbiter, in order. */
function losses(run: ComponentRun, name = 'loss'): number[] {
  return run.parties['arbiter:10000'].metrics.flatMap((series) =>
    series.name === name ? series.points.map(([, loss]) => loss) : [],
  )
}

describe('HeteroLR', () => {
  const data = sample({ rows: 40, guest: 2, hosts: [3] })

  const CASES: Record<string, object> = {
    'under Paillier': { ...RMSPROP, encrypt_param: { method: 'Paillier', key_length: 1024 } },
    'rmsprop and L2 on all rows': RMSPROP,
    'sgd and L1 in batches': { penalty: 'L1', alpha: 0.1, learning_rate: 0.5, batch_size: 15 },
    'adam without a penalty': { penalty: null, optimizer: 'Adam', learning_rate: 0.1 },
    'adagrad from zeros': { optimizer: 'adagrad', init_param: { init_method: 'zeros' } },
    'Nesterov in batches, no intercept': {
      optimizer: 'nesterov_momentum_sgd',
      learning_rate: 0.2,
      batch_size: 13,
      init_param: { fit_intercept: false, init_method: 'ones' },
    },
    'rmsprop with decay and a seed': {
      ...RMSPROP,
      decay: 1,
      decay_sqrt: false,
      init_param: { random_seed: 77 },
    },
  }
  for (const [name, params] of Object.entries(CASES)) {
    it(`ends with the weights and losses of plain training: ${name}`, async () => {
      const all = { ...SMALL_KEY, max_iter: 2, ...params }
      const run = await train(all, data)
      const expected = plain(all, data)
      close(weightsOf(run, 'guest:9999'), expected.guest, 1e-9)
      close(weightsOf(run, 'host:10000'), expected.hosts[0], 1e-9)
      const guest = run.parties['guest:9999'].models[0]
      close([guest.param.intercept as number], [expected.intercept], 1e-9)
      close(losses(run), expected.losses, 1e-9)
      assert.equal(run.unread, 0)
    })
  }

  it('trains with several hosts, the loss across them included', async () => {
    const wide = sample({ rows: 40, guest: 1, hosts: [2, 1] })
    const run = await runComponent(heteroLr, {
      members: { guest: ['9999'], host: ['10000', '10001'], arbiter: ['10000'] },
      params: RMSPROP,
      tables: tablesOf(wide),
    })
    const expected = plain(RMSPROP, wide)
    close(weightsOf(run, 'guest:9999'), expected.guest, 1e-9)
    close(weightsOf(run, 'host:10000'), expected.hosts[0], 1e-9)
    close(weightsOf(run, 'host:10001'), expected.hosts[1], 1e-9)
    close(losses(run), expected.losses, 1e-9)
    const { scores } = expected
    const predicted = column(run.parties['guest:9999'].tables[0], 'predict_score').values
    close([...(predicted as Float64Array)], scores.map(sigmoid), 1e-9)
  })

  it('takes features of any size', async () => {
    const scaled = {
      ...data,
      guest: { ...data.guest, columns: data.guest.columns.map((x) => x.map((v) => v * 3e7)) },
      hosts: data.hosts.map((host) => {
        return { ...host, columns: host.columns.map((x, at) => x.map((v) => v * 1e-4 ** at)) }
      }),
    }
    const params = { ...RMSPROP, init_param: { init_method: 'zeros' } }
    const run = await train(params, scaled)
    const expected = plain(params, scaled)
    close(weightsOf(run, 'guest:9999'), expected.guest, 1e-9)
    close(weightsOf(run, 'host:10000'), expected.hosts[0], 1e-9)
  })

  it('says that a training diverges', async () => {
    const huge = { ...SMALL_KEY, learning_rate: 1e30, max_iter: 3 }
    await assert.rejects(train(huge, data), /The training diverges.*lower learning_rate/)
  })

  it('stops by the change of all weights', async () => {
    const params = { ...RMSPROP, converge_func: 'weight_diff', eps: 0.3, max_iter: 20 }
    const run = await train(params, data)
    const expected = plain(params, data)
    assert.ok(expected.losses.length > 1 && expected.losses.length < 20)
    assert.equal(losses(run).length, expected.losses.length)
    for (const address of ['guest:9999', 'host:10000', 'arbiter:10000'] as const) {
      const { param } = run.parties[address].models[0]
      assert.equal(param.iters, expected.losses.length)
      assert.equal(param.isConverged, true)
    }
  })

  it('stops by the change of the loss, under the names of later releases', async () => {
    const params = { ...RMSPROP, early_stop: 'diff', tol: 0.05, max_iter: 20 }
    const run = await train(params, data)
    const expected = plain(params, data)
    assert.ok(expected.converged && expected.losses.length < 20)
    assert.deepEqual(losses(run).length, expected.losses.length)
  })

  it('gives the same model bit for bit under any key', async () => {
    const [first, second] = [await train(RMSPROP, data), await train(RMSPROP, data)]
    for (const address of ['guest:9999', 'host:10000', 'arbiter:10000'] as const) {
      assert.deepEqual(first.parties[address].models, second.parties[address].models)
    }
    assert.deepEqual(first.parties['guest:9999'].tables, second.parties['guest:9999'].tables)
  })

  it('publishes the loss of each epoch as it goes', async () => {
    const run = await train(RMSPROP, data)
    const { metrics, progress } = run.parties['arbiter:10000']
    assert.deepEqual(
      metrics.map(({ namespace, name, points }) => [namespace, name, points.length, points[0][0]]),
      [0, 1, 2].map((epoch) => ['train', 'loss', 1, epoch]),
    )
    assert.deepEqual(metrics[0].meta, {
      name: 'train',
      metric_type: 'LOSS',
      unit_name: 'iters',
      curve_name: 'loss',
    })
    assert.deepEqual(
      progress.map(({ done, total }) => [done, total]),
      [1, 2, 3].map((epoch) => [epoch, 3]),
    )
  })

  it('shows its model in the wire names', async () => {
    const run = await train({ ...RMSPROP, max_iter: 1 }, data)
    const [guest] = run.parties['guest:9999'].models
    const [host] = run.parties['host:10000'].models
    const [arbiter] = run.parties['arbiter:10000'].models
    assert.equal(guest.name, 'HeteroLogisticRegression')
    assert.deepEqual(Object.keys(guest.param.weight as object), ['x0', 'x1'])
    assert.deepEqual(guest.param.header, ['x0', 'x1'])
    assert.deepEqual(guest.param.lossHistory, [])
    assert.deepEqual(Object.keys(host.param.weight as object), ['h0_0', 'h0_1', 'h0_2'])
    assert.equal(host.param.intercept, 0)
    assert.deepEqual(arbiter.param.weight, {})
    assert.deepEqual(arbiter.param.lossHistory, losses(run))
    assert.deepEqual(guest.meta, {
      penalty: 'L2',
      eps: 1e-5,
      alpha: 0.01,
      optimizer: 'rmsprop',
      partyWeight: 1,
      batchSize: '-1',
      learningRate: 0.15,
      maxIter: '1',
      convergeFunc: 'diff',
      reEncryptBatches: '2',
      fitIntercept: true,
      needOneVsRest: false,
    })
  })
})

describe('HeteroLR predictions', () => {
  const data = sample({ rows: 40, guest: 2, hosts: [2] })

  it('are the sigmoid of all parties together, in the order of the guest', async () => {
    const order = createRng(5).shuffle(Array.from({ length: 40 }, (_, row) => row))
    const tables = tablesOf(data)!
    const guest = takeRows(tables['guest:9999'].train_data as Frame, order)
    const run = await runComponent(heteroLr, {
      members: MEMBERS,
      params: { ...RMSPROP, predict_param: { threshold: 0.4 } },
      tables: { ...tables, 'guest:9999': { train_data: guest } },
    })
    const [frame] = run.parties['guest:9999'].tables
    const scores = plain(RMSPROP, data).scores.map(sigmoid)
    assert.equal(frame.kind, 'prediction')
    assert.deepEqual(frame.ids, guest.ids)
    assert.deepEqual(
      frame.columns.map(({ name }) => name),
      ['label', 'predict_result', 'predict_score', 'predict_detail', 'type'],
    )
    const [labels, results, found, details, types] = frame.columns.map(({ values }) => [...values])
    assert.deepEqual(
      labels,
      order.map((row) => data.labels[row]),
    )
    close(
      found as number[],
      order.map((row) => scores[row]),
      1e-9,
    )
    assert.deepEqual(
      results,
      found.map((score) => ((score as number) > 0.4 ? 1 : 0)),
    )
    assert.deepEqual(
      details,
      found.map((score) => ({ 0: 1 - (score as number), 1: score })),
    )
    assert.deepEqual(new Set(types), new Set(['train']))
    assert.deepEqual(run.parties['host:10000'].tables, [])
  })

  it('cover the evaluation table too, as validation', async () => {
    const other = sample({ rows: 12, guest: 2, hosts: [2] })
    const both = (address: 'guest:9999' | 'host:10000') => ({
      ...tablesOf(data)![address],
      ...tablesOf(other, 'eval_data')![address],
    })
    const run = await runComponent(heteroLr, {
      members: MEMBERS,
      params: { ...RMSPROP, max_iter: 1 },
      tables: { 'guest:9999': both('guest:9999'), 'host:10000': both('host:10000') },
    })
    const [frame] = run.parties['guest:9999'].tables
    assert.equal(frame.ids.length, 52)
    const types = [...column(frame, 'type').values]
    assert.deepEqual(
      types.slice(0, 40),
      Array.from({ length: 40 }, () => 'train'),
    )
    assert.deepEqual(
      types.slice(40),
      Array.from({ length: 12 }, () => 'validation'),
    )
    assert.deepEqual([...column(frame, 'label').values].slice(40), [...other.labels])
  })

  it('come from a stored model without an arbiter, with or without labels', async () => {
    const trained = await train({ ...RMSPROP, max_iter: 2 }, data)
    const expected = plain({ ...RMSPROP, max_iter: 2 }, data).scores.map(sigmoid)
    const model = (address: 'guest:9999' | 'host:10000'): Model =>
      JSON.parse(JSON.stringify(trained.parties[address].models[0]))
    const host = frameOf(data.hosts[0])
    const run = await runComponent(heteroLr, {
      members: MEMBERS,
      params: RMSPROP,
      tables: {
        'guest:9999': { eval_data: frameOf(data.guest) },
        'host:10000': { eval_data: { ...host, columns: host.columns.toReversed() } },
      },
      models: {
        'guest:9999': { model: model('guest:9999') },
        'host:10000': { model: model('host:10000') },
      },
    })
    const [frame] = run.parties['guest:9999'].tables
    close([...(column(frame, 'predict_score').values as Float64Array)], [...expected], 1e-9)
    assert.deepEqual([...column(frame, 'label').values].slice(0, 2), [null, null])
    assert.deepEqual(new Set(column(frame, 'type').values as string[]), new Set(['test']))
    assert.equal(run.parties['arbiter:10000'].models.length, 0)
  })

  it('need every column that the model was trained on', async () => {
    const trained = await train({ ...RMSPROP, max_iter: 1 }, data)
    const host = frameOf(data.hosts[0])
    const run = runComponent(heteroLr, {
      members: MEMBERS,
      params: RMSPROP,
      tables: {
        'guest:9999': { eval_data: frameOf(data.guest) },
        'host:10000': { eval_data: { ...host, columns: host.columns.slice(1) } },
      },
      models: {
        'guest:9999': { model: trained.parties['guest:9999'].models[0] },
        'host:10000': { model: trained.parties['host:10000'].models[0] },
      },
    })
    await assert.rejects(run, /host:10000 has no numeric column "h0_0"; it has h0_1/)
  })

  it('go to the most probable of several classes, one model each', async () => {
    const many = sample({ rows: 45, guest: 2, hosts: [2], classes: 3 })
    const params = { ...RMSPROP, max_iter: 2, one_vs_rest_param: { need_one_vs_rest: true } }
    const run = await train(params, many)
    const [guest] = run.parties['guest:9999'].models
    const each = [0, 1, 2].map((target) => plain(params, many, target))
    assert.deepEqual(Object.keys(guest.param.weight as object), [
      'class_0_x0',
      'class_0_x1',
      'class_1_x0',
      'class_1_x1',
      'class_2_x0',
      'class_2_x1',
    ])
    assert.deepEqual(guest.param.oneVsRestClasses, ['0', '1', '2'])
    each.forEach((expected, target) => {
      close(weightsOf(run, 'host:10000', target), expected.hosts[0], 1e-9)
      close(losses(run, `loss.${target}`), expected.losses, 1e-9)
    })
    const [frame] = run.parties['guest:9999'].tables
    const chances = each.map((expected) => expected.scores.map(sigmoid))
    const best = many.labels.map((_, row) => {
      const own = chances.map((chance) => chance[row])
      return own.indexOf(Math.max(...own))
    })
    assert.deepEqual([...column(frame, 'predict_result').values], [...best])
    assert.deepEqual(Object.keys(column(frame, 'predict_detail').values[0] as object), [
      '0',
      '1',
      '2',
    ])
  })
})

describe('HeteroLR on the wire', () => {
  const data = sample({ rows: 40, guest: 2, hosts: [3] })

  it('carries no id, feature, label, weight or gradient in any readable message', async () => {
    const run = await train(RMSPROP, data)
    const secrets = [
      ...ids(40).map((id) => new TextEncoder().encode(id)),
      ...[...data.guest.columns, ...data.hosts[0].columns].flatMap((values) =>
        [...values].map((value) => bytesOf(value)),
      ),
      ...[...weightsOf(run, 'guest:9999'), ...weightsOf(run, 'host:10000')].map(bytesOf),
      bytesOf(1),
      bytesOf(-1),
    ]
    for (const { tag, bytes } of run.wire) {
      const haystack = Buffer.from(bytes)
      for (const secret of secrets) assert.equal(haystack.indexOf(secret), -1, tag)
    }
  })

  it('sends nothing else than it declares, in this order', async () => {
    const run = await train({ ...RMSPROP, max_iter: 1 }, data)
    const sent = (address: Address): string[] =>
      run.parties[address].ledger.map(({ tag, kind, receiver }) => `${tag} ${kind} ${receiver}`)
    assert.deepEqual(sent('guest:9999'), [
      'row_key plain host:10000',
      'row_verdict plain host:10000',
      'plan plain host:10000',
      'plan plain arbiter:10000',
      'resume_step plain host:10000',
      'resume_step plain arbiter:10000',
      'slopes ciphertext host:10000',
      'loss aggregate arbiter:10000',
      'gradient_question masked arbiter:10000',
      'row_key plain host:10000',
      'row_verdict plain host:10000',
    ])
    assert.deepEqual(sent('host:10000'), [
      'row_digest blinded guest:9999',
      'saved_steps plain guest:9999',
      'host_predictor ciphertext guest:9999',
      'loss_part ciphertext guest:9999',
      'gradient_question masked arbiter:10000',
      'row_digest blinded guest:9999',
      'host_score plain guest:9999',
    ])
    assert.deepEqual(sent('arbiter:10000'), [
      'saved_steps plain guest:9999',
      'public_key plain guest:9999',
      'public_key plain host:10000',
      'gradient_answer masked guest:9999',
      'gradient_answer masked host:10000',
      'stop plain guest:9999',
      'stop plain host:10000',
    ])
  })

  it('masks equal gradients differently each time', async () => {
    const [first, second] = [await train(RMSPROP, data), await train(RMSPROP, data)]
    const answers = [first, second].flatMap((run) =>
      run.wire.flatMap(({ tag, bytes }) =>
        tag === 'gradient_answer' ? [Buffer.from(bytes).toString('hex')] : [],
      ),
    )
    assert.equal(answers.length, 12)
    assert.equal(new Set(answers).size, 12)
  })

  it('refuses a key of another scheme than Paillier where that is asked for', async () => {
    const paillier = { method: 'paillier', key_length: 1408 }
    const run = runComponent(heteroLr, {
      members: MEMBERS,
      params: RMSPROP,
      paramsAt: { 'guest:9999': { encrypt_param: paillier } },
      tables: tablesOf(data),
    })
    await assert.rejects(run, /arbiter sent a key of okamoto-uchiyama, expected one of paillier/)
  })

  it('opens no chosen message that is beyond what an honest question can be, for any party', async () => {
    for (const tag of ['gradient_question', 'loss']) {
      let key: OuPublicKey | undefined
      const answered: string[] = []
      const run = runComponent(heteroLr, {
        members: MEMBERS,
        params: RMSPROP,
        tables: tablesOf(data),
        tamper({ from, to, tag: sent, bytes }) {
          if (sent === 'public_key') key = ouPublicKeyFromBytes(blob.decode(bytes))
          if (sent === 'gradient_answer') answered.push(to)
          if (sent !== tag || (tag === 'gradient_question' && from !== 'host:10000')) return bytes
          assert.ok(key)
          // Far beyond p.
          const cipher = bigintToBytes(modPow(key.g, 2n ** 1000n, key.n), key.bits / 8)
          const forged = bytes.slice()
          forged.set(cipher, bytes.length - cipher.length)
          return forged
        },
      })
      const asker = tag === 'loss' ? /guest:9999.* ran over/ : /host:10000 asks for a value/
      await assert.rejects(run, asker)
      assert.ok(!answered.includes('host:10000') || tag === 'loss')
    }
  })

  it('takes Paillier where a key is too short for that', async () => {
    const run = await train({ ...RMSPROP, max_iter: 1, encrypt_param: { key_length: 1024 } }, data)
    const key = run.wire.find(({ tag }) => tag === 'public_key')
    assert.ok(key)
    assert.equal(cipherKeyFromBytes(blob.decode(key.bytes)).scheme, 'paillier')
  })

  it('refuses a message of another length', async () => {
    for (const tag of ['host_predictor', 'slopes', 'gradient_answer', 'host_score', 'plan']) {
      const run = runComponent(heteroLr, {
        members: MEMBERS,
        params: { ...RMSPROP, max_iter: 1 },
        tables: tablesOf(data),
        tamper: (message) => (message.tag === tag ? message.bytes.subarray(0, -8) : message.bytes),
      })
      await assert.rejects(run, (error: Error) => error.name !== 'ChannelClosed', tag)
    }
  })
})

describe('HeteroLR refuses', () => {
  const data = sample({ rows: 20, guest: 1, hosts: [1] })

  async function rejects(change: Partial<RunOptions>, message: RegExp): Promise<void> {
    const options = { members: MEMBERS, params: RMSPROP, tables: tablesOf(data), ...change }
    await assert.rejects(runComponent(heteroLr, options), message)
  }

  it('tables with other numbers of rows or other ids', async () => {
    const [guest, host] = [frameOf(data.guest, data.labels), frameOf(data.hosts[0])]
    const shorter = takeRows(
      guest,
      Array.from({ length: 19 }, (_, row) => row),
    )
    const cases: [Frame, RegExp][] = [
      [shorter, /guest and host rows differ \(19 and 20 rows\): run Intersection first/],
      [
        { ...guest, ids: guest.ids.with(7, 'other') },
        /rows differ \(20 rows each, with other ids\)/,
      ],
      [{ ...guest, ids: guest.ids.with(7, 'r0000') }, /id "r0000" more than once/],
    ]
    for (const [frame, message] of cases) {
      await rejects(
        { tables: { 'guest:9999': { train_data: frame }, 'host:10000': { train_data: host } } },
        message,
      )
    }
  })

  it('labels that are not two classes, by name', async () => {
    const withLabels = (labels: Float64Array): Partial<RunOptions> => ({
      tables: { ...tablesOf(data), 'guest:9999': { train_data: frameOf(data.guest, labels) } },
    })
    await rejects(
      withLabels(new Float64Array(20).fill(1)),
      /Label column "y" holds only the value 1/,
    )
    const three = Float64Array.from({ length: 20 }, (_, row) => row % 3)
    await rejects(withLabels(three), /"y" holds 3 classes \(0, 1, 2\).*need_one_vs_rest to true/)
    await rejects(withLabels(new Float64Array(20).fill(Number.NaN)), /no number in row "r0000"/)
    const none = { 'guest:9999': { train_data: frameOf(data.guest) } }
    await rejects({ tables: { ...tablesOf(data), ...none } }, /no label column: set with_label/)
  })

  it('features that are missing', async () => {
    const gap = data.hosts[0].columns[0].with(3, Number.NaN)
    const host = frameOf({ ...data.hosts[0], columns: [gap] })
    const tables = { ...tablesOf(data), 'host:10000': { train_data: host } }
    await rejects({ tables }, /no number in column "h0_0" of row "r0003": let DataIO fill/)
  })

  it('raw tables, and slots that are empty', async () => {
    const raw = { ...frameOf(data.hosts[0]), kind: 'raw' as const }
    const tables = { ...tablesOf(data), 'host:10000': { train_data: raw } }
    await rejects({ tables }, /a raw table, expected data: run DataIO first/)
    await rejects({ tables: { 'guest:9999': tablesOf(data)!['guest:9999'] } }, /got 0/)
    await rejects({ tables: {} }, /nothing to learn from: connect train_data/)
  })

  it('a job without a host', async () => {
    await rejects({ members: { guest: ['9999'], arbiter: ['10000'] } }, /at least one host/)
  })

  it('parameters that are unsafe or not there yet', () => {
    const cases: [object, RegExp][] = [
      [{ encrypt_param: { key_length: 512 } }, /at least 1024 bits/],
      [{ batch_size: 5 }, /batch_size must be -1/],
      [{ cv_param: { need_cv: true, n_splits: 1 } }, /n_splits must be at least 2/],
      [{ optimizer: 'lbfgs' }, /optimizer/],
      [{ learning_rate: 0 }, /learning_rate/],
    ]
    for (const [params, message] of cases) {
      assert.throws(() => LogisticParam.parse(params), message)
    }
  })

  it('nothing that later releases call by another name', () => {
    const param = LogisticParam.parse({
      tol: 0.5,
      early_stop: 'WEIGHT_DIFF',
      penalty: 'l1',
      more: 1,
    })
    assert.equal(param.eps, 0.5)
    assert.equal(param.converge_func, 'weight_diff')
    assert.equal(param.penalty, 'L1')
    assert.equal((param as Record<string, unknown>)['more'], 1, 'kept, to be warned of')
  })
})

describe('HeteroLR warns', () => {
  it('of a small key and of batches that give rows away', async () => {
    const thin = sample({ rows: 12, guest: 1, hosts: [12] })
    const run = await train({ ...RMSPROP, max_iter: 1 }, thin)
    assert.match(run.parties['arbiter:10000'].warnings.join(), /key_length is 1408/)
    assert.match(
      run.parties['guest:9999'].warnings.join(),
      /12 rows is no larger than the 12 columns/,
    )
  })

  it('of an arbiter that holds data, unless one party plays all roles', async () => {
    const data = sample({ rows: 12, guest: 1, hosts: [1] })
    const warnings = async (arbiter: string, guest = '9999'): Promise<string> => {
      const run = await runComponent(heteroLr, {
        members: { guest: [guest], host: ['10000'], arbiter: [arbiter] },
        params: { ...RMSPROP, max_iter: 1 },
        tables: { ...tablesOf(data), [`guest:${guest}`]: tablesOf(data)!['guest:9999'] },
      })
      return run.parties[`guest:${guest}`].warnings.join()
    }
    const message = /is the arbiter and holds data too/
    assert.match(await warnings('10000'), message)
    assert.match(await warnings('9999'), message)
    assert.doesNotMatch(await warnings('10001'), message)
    assert.doesNotMatch(await warnings('10000', '10000'), message)
  })
})

function bytesOf(value: number): Uint8Array {
  return new Uint8Array(Float64Array.of(value).buffer)
}
