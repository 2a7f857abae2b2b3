/**
 * A small training of every algorithm of FedLearn, as a request for it would run.
 * @module
 */
import type { AlgorithmName } from '../../../src/api/fedlearn/algorithms.ts'
import { readParams } from '../../../src/api/fedlearn/params.ts'
import { trainerOf } from '../../../src/api/fedlearn/trainer.ts'
import { mixedMatch } from '../../../src/component/fedlearn/mixed-match.ts'
import { COMPONENTS } from '../../../src/component/registry.ts'
import { seededBytes } from '../../../src/compute/crypto/discrete-gaussian.ts'
import type { Frame } from '../../../src/compute/ml/frame.ts'
import { frames, scene } from '../../helpers/mixed-scene.ts'
import { type ComponentRun, runComponent, type RunOptions } from '../../helpers/parties.ts'
import { treeData, treeFrame } from '../../helpers/tree-data.ts'
import { cut, verticalData } from '../../helpers/vertical-data.ts'

/** `algorithmParams` of a request, by their fields. */
export type Sent = Readonly<Record<string, unknown>>

/** Trains an algorithm as a request would, on a table whose labels are what these parameters are for. */
export async function trained(algorithm: AlgorithmName, sent: Sent): Promise<ComponentRun> {
  const trainer = trainerOf(algorithm)
  const component = COMPONENTS.get(trainer.module)
  if (!component) throw new Error(`No component ${trainer.module}`)
  const fields = Object.entries(sent).map(([field, value]) => ({ field, value }))
  const read = readParams(algorithm, fields)
  const tables = await tablesOf(algorithm, read.values)
  const names = Object.keys(tables) as (keyof typeof tables)[]
  return runComponent(component, {
    members: { guest: ['0'], host: names.slice(1).map((name) => name.slice(5)) },
    params: component.params.parse(trainer.params(read)),
    tables,
    ...(read.values['useDP'] === 'true' && algorithm !== 'RandomForest'
      ? { random: seededBytes(Uint8Array.of(7)) }
      : {}),
  })
}

type Tables = NonNullable<RunOptions['tables']>

async function tablesOf(
  algorithm: AlgorithmName,
  { objective, numClass, modelName, batchSize }: Sent,
): Promise<Tables> {
  const several = String(objective).startsWith('multi')
  const two = String(objective).endsWith('ogistic') || modelName === 'SGDClassifier'
  if (algorithm === 'FederatedGB' || algorithm === 'RandomForest') {
    const classes = several ? 3 : two || algorithm === 'RandomForest' ? 2 : 0
    return treeTables(classes)
  }
  if (algorithm === 'MixGBoost' || algorithm === 'LinearRegression') return mixedTables(two ? 2 : 0)
  const horizontal = algorithm === 'HorizontalFedAvg'
  const classes =
    two || numClass === 2 || algorithm === 'VerticalLR' || algorithm === 'VerticalFDNN'
  const rows = horizontal ? 160 : batchSize === 1000 ? 1100 : 80
  const data = verticalData({ rows, widths: horizontal ? [2] : [1, 1], classes })
  if (horizontal) return horizontalTables(data)
  const part = (at: number, from: number, to: number) => {
    const { ids, parties, labels } = cut(data, from, to)
    return plainFrame(ids, parties[at], at === 0 ? labels : undefined)
  }
  // The rows to validate with are none that are learnt from where early stopping looks at them.
  const held = algorithm === 'FederatedKernel' ? 30 : 0
  return Object.fromEntries(
    ['guest:0', 'host:1'].map((name, at) => [
      name,
      {
        train_data: part(at, 0, rows - held),
        ...(held > 0 ? { validate_data: part(at, rows - held, rows) } : {}),
      },
    ]),
  )
}

function treeTables(classes: number): Tables {
  const data = treeData({ rows: 110, columns: 4, classes })
  const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at)
  const of = (at: number, list: readonly number[]) =>
    treeFrame(data, { from: 2 * at, to: 2 * at + 2, label: at === 0, rows: list })
  return Object.fromEntries(
    ['guest:0', 'host:1'].map((name, at) => [
      name,
      { train_data: of(at, rows(0, 80)), validate_data: of(at, rows(80, 110)) },
    ]),
  )
}

async function mixedTables(classes: number): Promise<Tables> {
  const { columns, labels } = scene(classes)
  const row = [...labels.keys()]
  const own = frames({
    // More values than bins, and labels that are soon within 1 of their predictions.
    columns: { ...columns, x: columns.x.map((value, at) => value + at / 200) },
    labels: classes === 0 ? labels.map((value) => value / 10) : labels,
    has: [
      { rows: row.slice(0, 100), names: ['x', 'u', 'a', 'c'], labelled: true },
      { rows: row.slice(20), names: ['x', 'u', 'b', 'v'], labelled: true },
    ],
  })
  const names = ['guest:0', 'host:1'] as const
  const match = await runComponent(mixedMatch, {
    members: { guest: ['0'], host: ['1'] },
    tables: Object.fromEntries(names.map((name, at) => [name, { data: own[at] }])),
    random: (bytes) => new Uint8Array(bytes).fill(7),
  })
  return Object.fromEntries(
    names.map((name, at) => [name, { data: match.parties[name].tables[0], train_data: own[at] }]),
  )
}

/** Four clients with forty rows each. */
function horizontalTables({ ids, parties, labels }: ReturnType<typeof verticalData>): Tables {
  return Object.fromEntries(
    [0, 1, 2, 3].map((at) => {
      const part = <T extends { slice(from: number, to: number): T }>(all: T) =>
        all.slice(40 * at, 40 * at + 40)
      const frame = plainFrame(ids.slice(40 * at, 40 * at + 40), parties[0].map(part), part(labels))
      return [at === 0 ? 'guest:0' : `host:${at}`, { train_data: frame }]
    }),
  )
}

function plainFrame(
  ids: readonly string[],
  columns: readonly Float64Array[],
  labels?: Float64Array,
): Frame {
  const number = (name: string, values: Float64Array) => ({ name, type: 'number' as const, values })
  const own = columns.map((values, at) => number(`x${at}`, values))
  const head = { kind: 'data' as const, idName: 'uid', ids }
  return labels
    ? { ...head, labelName: 'y', columns: [number('y', labels), ...own] }
    : { ...head, columns: own }
}
