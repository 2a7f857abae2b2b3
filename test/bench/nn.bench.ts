/**
 * Seconds of processor time for one epoch of HomoNN and of HeteroNN, all parties in this process and on one core, on
 * generated tables of the shape of known ones: what the second epoch adds to a training of one. Rows beyond the first
 * thousand cost the same; `--params rows=30000` takes them all.
 * @module
 */
import type { Bench } from '../../src/cli/bench.ts'
import type { Component } from '../../src/component/define.ts'
import { heteroNn } from '../../src/component/nn/hetero-nn.ts'
import { homoNn } from '../../src/component/nn/homo-nn.ts'
import { createRng } from '../../src/compute/ml/rng.ts'
import { numberFrame, randomColumns } from '../helpers/frames.ts'
import { runComponent, type RunOptions } from '../helpers/parties.ts'

interface Shape {
  readonly data: string
  readonly rows: number
  readonly guest: number
  readonly host: number
}

const SHAPES: readonly Shape[] = [
  { data: 'breast (569 × 10 + 20)', rows: 569, guest: 10, host: 20 },
  { data: 'default_credit (30,000 × 13 + 10)', rows: 30_000, guest: 13, host: 10 },
]

const dense = (units: number, activation: string) => ({ layer: 'Dense', units, activation })

export const bench: Bench = {
  name: 'nn',
  async *run(params = {}) {
    const most = Number(params['rows'] ?? 1000)
    for (const shape of SHAPES) {
      const rows = Math.min(shape.rows, most)
      const homo = await secondsOf(homoNn, homoJob({ ...shape, rows }))
      yield {
        params: { component: 'HomoNN', data: shape.data, rows },
        value: homo,
        unit: 's/epoch',
      }
      for (const method of ['okamoto-uchiyama', 'paillier']) {
        for (const [answers, units] of [
          [4, 3],
          [16, 8],
        ]) {
          const job = heteroJob({ ...shape, rows }, { method, answers, units })
          const value = await secondsOf(heteroNn, job)
          const what = { component: 'HeteroNN', data: shape.data, rows, method, answers, units }
          yield { params: what, value, unit: 's/epoch' }
        }
      }
    }
  },
}

async function secondsOf(
  component: Component,
  jobOf: (epochs: number) => RunOptions,
): Promise<number> {
  const times: number[] = []
  // The first run warms up and counts for nothing.
  for (const epochs of [1, 1, 2]) {
    const before = process.cpuUsage()
    await runComponent(component, jobOf(epochs))
    const { user, system } = process.cpuUsage(before)
    times.push((user + system) / 1e6)
  }
  return times[2] - times[1]
}

function labelsOf(rows: number): number[] {
  const rng = createRng(9)
  return Array.from({ length: rows }, () => rng.integer(2))
}

function homoJob({ rows, guest, host }: Shape): (epochs: number) => RunOptions {
  const half = Math.floor(rows / 2)
  const part = (seed: number) =>
    numberFrame(randomColumns('x', { columns: guest + host, rows: half, seed }), {
      labels: labelsOf(half),
    })
  const tables = { 'guest:1': { train_data: part(1) }, 'host:2': { train_data: part(2) } }
  return (epochs) => ({
    members: { guest: ['1'], host: ['2'], arbiter: ['3'] },
    params: {
      nn_define: [dense(64, 'relu'), dense(32, 'relu'), dense(1, 'sigmoid')],
      loss: 'binary_crossentropy',
      optimizer: 'Adam',
      batch_size: 256,
      early_stop: { early_stop: 'diff', eps: 0 },
      max_iter: epochs,
    },
    tables,
  })
}

function heteroJob(
  { rows, guest, host }: Shape,
  layer: { method: string; answers: number; units: number },
): (epochs: number) => RunOptions {
  const labels = labelsOf(rows)
  const tables = {
    'guest:1': {
      train_data: numberFrame(randomColumns('g', { columns: guest, rows, seed: 1 }), { labels }),
    },
    'host:2': { train_data: numberFrame(randomColumns('h', { columns: host, rows, seed: 2 })) },
  }
  return (epochs) => ({
    members: { guest: ['1'], host: ['2'] },
    params: {
      config_type: 'nn',
      bottom_nn_define: [dense(layer.answers, 'relu')],
      interactive_layer_define: [dense(layer.units, 'relu')],
      top_nn_define: [dense(1, 'sigmoid')],
      interactive_layer_lr: 0.1,
      loss: 'binary_crossentropy',
      batch_size: 1024,
      tol: -1,
      epochs,
      encrypt_param: { method: layer.method },
    },
    tables,
  })
}
