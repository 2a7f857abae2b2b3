/**
 * Tables whose columns lie at a guest and several hosts, for FedLearn's linear models.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'

import type { Component } from '../../src/component/define.ts'
import type { Frame } from '../../src/compute/ml/frame.ts'
import { address } from '../../src/federation/channel.ts'
import { type ComponentRun, runComponent, type RunOptions } from './parties.ts'

/** Where shared data lies. */
export const SHARED = new URL('../../../shared/data/fedlearn/', import.meta.url)

/** The columns of each party, the guest first, and the guest's labels. */
export interface VerticalData {
  readonly ids: readonly string[]
  readonly labels: Float64Array
  readonly parties: readonly (readonly Float64Array[])[]
}

/** Rows with `widths[k]` columns at party k, whose label is a weighted sum of them with some noise, or above its middle. */
export function verticalData(of: {
  rows: number
  widths: readonly number[]
  classes?: boolean
}): VerticalData {
  const { rows, widths, classes = false } = of
  const noise = (row: number, col: number) => {
    const at = Math.sin(row * 12.9898 + col * 78.233) * 43758.5453
    return at - Math.floor(at)
  }
  let col = 0
  const parties = widths.map((width) =>
    Array.from({ length: width }, () => {
      const own = ++col
      return Float64Array.from({ length: rows }, (_, row) => own * noise(row, own) - own / 3)
    }),
  )
  const all = parties.flat()
  const values = Float64Array.from(
    { length: rows },
    (_, row) =>
      all.reduce((total, column, at) => total + (at % 2 === 0 ? 1 : -2) * column[row], 3) +
      0.3 * noise(row, 99),
  )
  const middle = values.toSorted()[Math.floor(rows / 2)]
  const labels = classes ? values.map((value) => Number(value > middle)) : values
  const ids = Array.from({ length: rows }, (_, row) => `r${String(row).padStart(5, '0')}`)
  return { ids, labels, parties }
}

/** Runs `component` with the first party as guest; `model` of an earlier run makes it predict. */
export async function runVertical(
  component: Component,
  params: object,
  of: {
    train: VerticalData
    validate?: VerticalData
    model?: ComponentRun
    checkpoints?: RunOptions['checkpoints']
    parallel?: RunOptions['parallel']
  },
): Promise<ComponentRun> {
  const { train, validate, model, checkpoints, parallel } = of
  const names = train.parties.map((_, at) =>
    at === 0 ? address('guest', '0') : address('host', String(at)),
  )
  const slot = model ? 'eval_data' : 'train_data'
  return runComponent(component, {
    members: { guest: ['0'], host: names.slice(1).map((name) => name.slice(5)) },
    params: component.params.parse(params),
    ...(checkpoints ? { checkpoints } : {}),
    ...(parallel ? { parallel } : {}),
    tables: Object.fromEntries(
      names.map((name, at) => [
        name,
        {
          [slot]: frameOf(train, at),
          ...(validate ? { validate_data: frameOf(validate, at) } : {}),
        },
      ]),
    ),
    ...(model
      ? {
          models: Object.fromEntries(
            names.map((name) => [name, { model: model.parties[name].models[0] }]),
          ),
        }
      : {}),
  })
}

/** What the guest was told after every epoch. */
export function seriesOf(run: ComponentRun, name: string, namespace = 'train'): number[] {
  return run.parties['guest:0'].metrics
    .filter((metric) => metric.namespace === namespace && metric.name === name)
    .flatMap(({ points }) => points.map(([, y]) => y))
}

/** Weights by column and the intercept, of all parties together. */
export function modelsOf(run: ComponentRun): { weights: number[]; intercept: number } {
  const parts = Object.entries(run.parties)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { models }]) => models[0].state as { weights: number[]; intercept: number })
  return {
    weights: parts.flatMap(({ weights }) => weights),
    intercept: parts.reduce((sum, part) => sum + part.intercept, 0),
  }
}

/** The guest's predictions by id. */
export function predictionsOf(run: ComponentRun): Map<string, number> {
  const [{ ids, columns }] = run.parties['guest:0'].tables
  const scores = columns.find(({ name }) => name === 'predict_score')?.values
  return new Map(ids.map((id, row) => [id, Number(scores?.[row])]))
}

/** Whether the shared tables are there. */
export function hasShared(): boolean {
  return existsSync(SHARED)
}

/** Files of a shared folder, one a party, as one table of the ids that all have; gaps are filled by the mean. */
export function sharedData(paths: readonly string[], label: string): VerticalData {
  const files = paths.map((path) => {
    const [head, ...lines] = readFileSync(new URL(path, SHARED), 'utf8').trim().split(/\r?\n/)
    const names = head.split(',')
    const rows = new Map(lines.map((line) => [line.split(',')[0], line.split(',')]))
    return { names, rows }
  })
  const ids = [...files[0].rows.keys()].filter((id) => files.every(({ rows }) => rows.has(id)))
  const valuesOf = ({ rows }: (typeof files)[0], at: number) => {
    const cells = ids.map((id) => rows.get(id)?.[at]?.trim() ?? '')
    const known = cells.filter((cell) => cell !== '').map(Number)
    const mean = known.reduce((sum, value) => sum + value, 0) / known.length
    return Float64Array.from(cells, (cell) => (cell === '' ? mean : Number(cell)))
  }
  const parties = files.map((file) =>
    file.names.flatMap((name, at) =>
      at === 0 || name === label || file.names.indexOf(name) !== at ? [] : [valuesOf(file, at)],
    ),
  )
  const at = files[0].names.indexOf(label)
  const labels = at < 0 ? new Float64Array(ids.length) : valuesOf(files[0], at)
  return { ids, labels, parties }
}

function frameOf({ ids, labels, parties }: VerticalData, at: number): Frame {
  const named = parties[at].map((values, col) => ({
    name: `x${at}${col}`,
    type: 'number' as const,
    values,
  }))
  if (at > 0) return { kind: 'data', idName: 'uid', ids, columns: named }
  const label = { name: 'y', type: 'number' as const, values: labels }
  return { kind: 'data', idName: 'uid', ids, labelName: 'y', columns: [label, ...named] }
}

/** Some of the rows. */
export function cut(whole: VerticalData, from: number, to: number): VerticalData {
  return {
    ids: whole.ids.slice(from, to),
    labels: whole.labels.slice(from, to),
    parties: whole.parties.map((columns) => columns.map((values) => values.slice(from, to))),
  }
}
