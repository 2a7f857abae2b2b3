/**
 * Tables of which parties have some rows and some columns in common.
 * @module
 */
import { readFileSync } from 'node:fs'

import type { Frame } from '../../src/compute/ml/frame.ts'
import { createRng } from '../../src/compute/ml/rng.ts'
import { SHARED } from './vertical-data.ts'

/** Who has which rows and columns; the first columns of a list that several have are common. */
export interface Scene {
  readonly columns: Readonly<Record<string, Float64Array>>
  readonly labels: Float64Array
  readonly has: readonly {
    readonly rows: readonly number[]
    readonly names: readonly string[]
    readonly labelled: boolean
  }[]
}

/** 120 rows: some at one party, some at two, some at all; x at all of them, u and v at two, others at one alone. */
export function scene(classes: number): Scene {
  const rng = createRng(3)
  const rows = 120
  const draw = (below: number) => Float64Array.from({ length: rows }, () => rng.integer(below))
  const columns = { x: draw(5), u: draw(4), v: draw(3), a: draw(6), b: draw(5), c: draw(4) }
  const value = Float64Array.from({ length: rows }, (_, row) => {
    const { x, u, a, b, c } = columns
    return x[row] + 2 * (u[row] % 2) - a[row] + 0.5 * b[row] * c[row] + rng.normal()
  })
  const middle = value.toSorted()[rows / 2]
  const among = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, at) => from + at)
  return {
    columns,
    labels: classes === 2 ? value.map((one) => (one > middle ? 1 : 0)) : value,
    has: [
      { rows: among(0, 80), names: ['x', 'u', 'a'], labelled: true },
      { rows: among(30, 110), names: ['x', 'v', 'b'], labelled: true },
      { rows: [...among(0, 10), ...among(40, 120)], names: ['u', 'c', 'v', 'x'], labelled: false },
    ],
  }
}

/** The parties' tables. */
export function frames({ columns, labels, has }: Scene, withLabels = true): Frame[] {
  return has.map(({ rows, names, labelled }) => {
    const take = (values: Float64Array) => Float64Array.from(rows, (row) => values[row])
    const label = withLabels && labelled
    return {
      kind: 'data',
      idName: 'uid',
      ids: rows.map((row) => `r${row}`),
      ...(label ? { labelName: 'y' } : {}),
      columns: [
        ...(label ? [{ name: 'y', type: 'number' as const, values: take(labels) }] : []),
        ...names.map((name) => ({ name, type: 'number' as const, values: take(columns[name]) })),
      ],
    }
  })
}

/** Rows with a label, and what anybody knows of each column: one table with gaps. */
export function joined({ columns, labels, has }: Scene) {
  const known = (row: number, name?: string) =>
    has.some(
      ({ rows, names }) => rows.includes(row) && (name === undefined || names.includes(name)),
    )
  const rows = [...labels.keys()].filter((row) =>
    has.some(({ rows: own, labelled }) => labelled && own.includes(row)),
  )
  const value = (row: number, name: string) => (known(row, name) ? columns[name][row] : Number.NaN)
  const everywhere = (row: number) => has.every(({ rows: own }) => own.includes(row))
  const common = Object.keys(columns).filter(
    (name) => has.filter(({ names }) => names.includes(name)).length > 1,
  )
  return { rows, value, everywhere, common }
}

/** Files of a shared folder, one a party, the rows numbered over all of them. */
export function sharedScene(paths: readonly string[], label: string): Scene {
  const files = paths.map((path) => {
    const lines = readFileSync(new URL(path, SHARED), 'utf8').trim().split(/\r?\n/)
    const [[, ...names], ...rows] = lines.map((line) => line.split(','))
    return { names, rows }
  })
  const ids = [...new Set(files.flatMap(({ rows }) => rows.map(([id]) => id)))]
  const at = new Map(ids.map((id, place) => [id, place]))
  const columns: Record<string, Float64Array> = {}
  const labels = new Float64Array(ids.length)
  for (const { names, rows } of files.toReversed()) {
    names.forEach((name, col) => {
      const values = name === label ? labels : (columns[name] ??= new Float64Array(ids.length))
      for (const [id, ...cells] of rows) {
        values[at.get(id) ?? 0] = cells[col].trim() === '' ? Number.NaN : Number(cells[col])
      }
    })
  }
  return {
    columns: Object.fromEntries(
      files
        .flatMap(({ names }) => names)
        .filter((name) => name !== label)
        .map((name) => [name, columns[name]]),
    ),
    labels,
    has: files.map(({ names, rows }) => ({
      rows: rows.map(([id]) => at.get(id) ?? 0),
      names: names.filter((name) => name !== label),
      labelled: names.includes(label),
    })),
  }
}
