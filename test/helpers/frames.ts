/**
 * Small tables of numbers, and components run on them.
 * @module
 */
import type { Component, Model } from '../../src/component/define.ts'
import { column, type Frame } from '../../src/compute/ml/frame.ts'
import { createRng } from '../../src/compute/ml/rng.ts'
import { type PartyOutcome, runComponent } from './parties.ts'

/** A table of features, and a label `y` where `labels` are given; ids are `r0`, `r1` … without `ids`. */
export function numberFrame(
  columns: Readonly<Record<string, readonly number[]>>,
  options: { labels?: readonly number[]; ids?: readonly string[] } = {},
): Frame {
  const { labels } = options
  const rows = Object.values(columns)[0]?.length ?? labels?.length ?? 0
  const ids = options.ids ?? Array.from({ length: rows }, (_, row) => `r${row}`)
  const named = { ...(labels ? { y: labels } : {}), ...columns }
  return {
    kind: 'data',
    idName: 'id',
    ids,
    ...(labels ? { labelName: 'y' } : {}),
    columns: Object.entries(named).map(([name, values]) => {
      return { name, type: 'number', values: Float64Array.from(values) }
    }),
  }
}

/** The numbers of a column. */
export function numbersOf(frame: Frame, name: string): number[] {
  return Array.from<unknown, number>(column(frame, name).values, Number)
}

/** Columns `prefix0`, `prefix1` … of normal numbers, the same for the same seed. */
export function randomColumns(
  prefix: string,
  options: { columns: number; rows: number; seed: number },
): Record<string, number[]> {
  const rng = createRng(options.seed)
  return Object.fromEntries(
    Array.from({ length: options.columns }, (_, at) => [
      `${prefix}${at}`,
      Array.from({ length: options.rows }, () => rng.normal()),
    ]),
  )
}

/** Runs `component` at one guest alone. */
export async function runAlone(
  component: Component,
  options: { frame: Frame; params?: object; model?: Model },
): Promise<PartyOutcome> {
  const { frame, params, model } = options
  const { parties } = await runComponent(component, {
    members: { guest: ['1'] },
    params,
    tables: { 'guest:1': { data: frame } },
    models: model && { 'guest:1': { model } },
  })
  return parties['guest:1']
}
