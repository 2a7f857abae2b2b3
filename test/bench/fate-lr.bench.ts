/**
 * Seconds per epoch of HeteroLR between guest, host and arbiter, all three in this process on the cores of this
 * machine, over a channel in memory: what a training costs without upload and intersection. The table is generated
 * from a seed: normal columns, and a label that depends on all of them.
 *
 * `--params rows=100000,guest=30,host=300,bits=2048,method=okamoto-uchiyama,epochs=2` are the defaults. The accelerator
 * is used where WEFT_NATIVES names a folder that has it.
 * @module
 */
import { cpus } from 'node:os'

import type { Bench } from '../../src/cli/bench.ts'
import type { Component, DataSlot, Role, TaskContext } from '../../src/component/define.ts'
import { heteroLr } from '../../src/component/linear/hetero-lr.ts'
import { randomBytes } from '../../src/compute/crypto/random.ts'
import { column, type Frame } from '../../src/compute/ml/frame.ts'
import { auc } from '../../src/compute/ml/metric.ts'
import { createRng } from '../../src/compute/ml/rng.ts'
import type { Parallel } from '../../src/compute/parallel.ts'
import { address } from '../../src/federation/channel.ts'
import { memoryHub } from '../../src/federation/memory.ts'
import { createPool } from '../../src/runner/pool.ts'

const MEMBERS = { guest: ['9999'], host: ['10000'], arbiter: ['10001'] }

export const bench: Bench = {
  name: 'fate-lr',
  async *run(params = {}) {
    const number = (name: string, otherwise: number) => Number(params[name] ?? otherwise)
    const size = {
      data: 'generated',
      rows: number('rows', 100_000),
      guest: number('guest', 30),
      host: number('host', 300),
      bits: number('bits', 2048),
      method: params['method'] ?? 'okamoto-uchiyama',
      epochs: number('epochs', 2),
    }
    const natives = process.env['WEFT_NATIVES']
    const pool = createPool({ cores: cpus().length, natives: natives?.split(':') })
    try {
      const result = await train(size, pool.client())
      const shown = (figure: string) => ({ ...size, figure })
      yield { params: shown('wall time of an epoch'), value: result.wall, unit: 's' }
      yield { params: shown('processor time of an epoch'), value: result.cpu, unit: 's' }
      yield { params: shown('wall time with first and last steps'), value: result.whole, unit: 's' }
      yield { params: shown('train AUC'), value: result.auc, unit: 'AUC' }
      const peak = process.resourceUsage().maxRSS / 1024
      yield { params: shown('peak memory, tables included'), value: peak, unit: 'MiB' }
    } finally {
      await pool.close()
    }
  },
}

interface Size {
  readonly rows: number
  readonly guest: number
  readonly host: number
  readonly bits: number
  readonly method: string
  readonly epochs: number
}

async function train(size: Size, parallel: Parallel) {
  const hub = memoryHub()
  const tables: Partial<Record<Role, Frame>> = generate(size)
  const params = heteroLr.params.parse({
    optimizer: 'rmsprop',
    learning_rate: 0.015,
    alpha: 0.01,
    batch_size: -1,
    max_iter: size.epochs,
    eps: 0,
    init_param: { init_method: 'zeros' },
    encrypt_param: { method: size.method, key_length: size.bits },
  })
  const began = { wall: performance.now(), cpu: cpuSeconds() }
  let ended = began
  const predicted: Frame[] = []
  const work = (['guest', 'host', 'arbiter'] as const).map(async (role) => {
    const context: TaskContext = {
      name: 'hetero_lr_0',
      role,
      party: MEMBERS[role][0],
      position: 0,
      members: MEMBERS,
      params,
      signal: new AbortController().signal,
      channel: hub.channel(address(role, MEMBERS[role][0])),
      parallel,
      random: randomBytes,
      connected: { data: ['train_data'], model: [] },
      async tables(slot: DataSlot) {
        const frame = tables[role]
        return slot === 'train_data' && frame ? [{ source: 'generated', frame }] : []
      },
      models: async () => [],
      async writeTable(frame) {
        predicted.push(frame)
      },
      writeModel: async () => {},
      checkpoints: { load: async () => [], save: async () => {} },
      scratch: { append: unused, read: unused, drop: unused },
      metric() {},
      progress(_done, _total, note) {
        if (role === 'arbiter' && note) ended = { wall: performance.now(), cpu: cpuSeconds() }
      },
      log() {},
      warn() {},
    }
    await (heteroLr as Component).run(context)
  })
  await Promise.all(work)
  const [frame] = predicted
  const values = (name: string) => column(frame, name).values as Float64Array
  return {
    wall: (ended.wall - began.wall) / 1000 / size.epochs,
    cpu: (ended.cpu - began.cpu) / size.epochs,
    whole: (performance.now() - began.wall) / 1000,
    auc: auc(values('label'), values('predict_score')),
  }
}

function unused(): never {
  throw new Error('HeteroLR keeps no files')
}

/** User and system time of all threads. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

function generate({ rows, guest, host }: Size): { guest: Frame; host: Frame } {
  const rng = createRng(30)
  const sums = new Float64Array(rows)
  const ids = Array.from({ length: rows }, (_, row) => `r${String(row).padStart(7, '0')}`)
  const side = (prefix: string, width: number) =>
    Array.from({ length: width }, (_, col) => {
      const values = Float64Array.from({ length: rows }, rng.normal)
      const slope = rng.normal() / Math.sqrt(guest + host)
      values.forEach((value, row) => (sums[row] += slope * value))
      return { name: `${prefix}${col}`, type: 'number' as const, values }
    })
  const [own, other] = [side('x', guest), side('h', host)]
  const values = sums.map((sum) => (sum + 0.5 * rng.normal() > 0 ? 1 : 0))
  const label = { name: 'y', type: 'number' as const, values }
  const frame = { kind: 'data' as const, idName: 'id', ids }
  return {
    guest: { ...frame, labelName: 'y', columns: [label, ...own] },
    host: { ...frame, columns: other },
  }
}
