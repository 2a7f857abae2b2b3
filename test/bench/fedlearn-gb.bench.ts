/**
 * FederatedGB on the house prices of FedLearn's own example, 8,000 rows × 8 columns of three clients: a server and three
 * runner processes on this machine. Where the example is not there, a table of the same shape from a seed takes its place.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'

import type { Bench } from '../../src/cli/bench.ts'
import { createRng } from '../../src/compute/ml/rng.ts'
import { SHARED } from '../helpers/vertical-data.ts'
import { fedlearnWorld, type Files } from '../process/fedlearn-world.ts'

const ROWS = 8000
const DEPTH = 5
const HEADINGS = [
  ['HouseAge', 'Longitude', 'AveOccup', 'y'],
  ['Population', 'MedInc'],
  ['AveRooms', 'AveBedrms', 'Latitude'],
]

export const bench: Bench = {
  name: 'fedlearn-gb',
  async *run(params = {}) {
    const rounds = Number(params['rounds'] ?? 50)
    const { table, files } = readHouse() ?? madeHouse()
    const world = await fedlearnWorld(files)
    try {
      const { matchId } = await world.match('ECDH', 'house')
      const before = world.pids().map(cpuSeconds)
      const began = performance.now()
      const { status } = await world.train({
        taskId: '92',
        model: 'FederatedGB',
        matchId,
        clientList: world.clientsOf('house'),
        algorithmParams: Object.entries({
          label: 'y',
          numBoostRound: rounds,
          maxDepth: DEPTH,
          evalMetric: ['RMSE'],
        }).map(([field, value]) => ({ field, value })),
      })
      const seconds = (performance.now() - began) / 1000
      if (status.runningType !== 'complete') throw new Error(status.message)
      const shape = { table, rows: ROWS, columns: 8, clients: 3, trees: rounds, depth: DEPTH }
      yield { params: { ...shape, figure: 'wall' }, value: seconds, unit: 's' }
      for (const [at, name] of ['server', 'label holder', 'host 1', 'host 2'].entries()) {
        const spent = cpuSeconds(world.pids()[at]) - before[at]
        yield { params: { ...shape, figure: `processor time, ${name}` }, value: spent, unit: 's' }
      }
      const error = Number(status.trainMetrics[0]?.metric.at(-1)?.y)
      yield { params: { ...shape, figure: 'RMSE, training rows' }, value: error, unit: '' }
    } finally {
      await world.stop()
    }
  },
}

interface House {
  readonly table: string
  readonly files: readonly Files[]
}

/** The example's own files, where they are. */
function readHouse(): House | undefined {
  const paths = HEADINGS.map((_, at) => new URL(`house/reg${at}_train.csv`, SHARED))
  if (!paths.every((path) => existsSync(path))) return undefined
  const files = paths.map((path, at) => ({ [`house${at}.csv`]: readFileSync(path, 'utf8') }))
  return { table: 'house', files }
}

/** Columns of the same number, and a price that depends on one of each client. */
function madeHouse(): House {
  const rng = createRng(92)
  const lines = HEADINGS.map((names) => [`uid,${names.join(',')}`])
  for (let row = 0; row < ROWS; row++) {
    const cells = HEADINGS.map((names) =>
      names.filter((name) => name !== 'y').map(() => rng.uniform()),
    )
    const price =
      2 * cells[0][0] + Math.sin(6 * cells[1][1]) + cells[2][2] ** 2 + 0.2 * rng.uniform()
    for (const [at, own] of cells.entries()) {
      const all = at === 0 ? [...own, price] : own
      lines[at].push([`r${row}`, ...all.map((value) => value.toFixed(6))].join(','))
    }
  }
  const files = lines.map((all, at) => ({ [`house${at}.csv`]: all.join('\n') }))
  return { table: 'made from seed 92', files }
}

/** User and system time of a process and its threads, where the system tells it. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  // In hundredths of a second: fields 14 and 15, of which the first three are cut off here.
  return (Number(stat[11]) + Number(stat[12])) / 100
}
