/**
 * Default of credit cards between two parties for benchmarks: the real table where it lies beside the project, else one of
 * its shape from a seed.
 * @module
 */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { createRng } from '../../src/compute/ml/rng.ts'
import { ROOT } from './place.ts'

/** The guest's file and the host's. */
export const CREDIT_FILES = [
  'default_credit_hetero_guest.csv',
  'default_credit_hetero_host.csv',
] as const

const SHARED = join(ROOT, '../shared/data/fate')

/** The folder with the real ones, or undefined. */
export const sharedCredit = existsSync(join(SHARED, CREDIT_FILES[0])) ? SHARED : undefined

/** 13 columns and a label at the guest, 10 columns at the host, half of them with few values, as the real table has. */
export async function generateCredit(folder: string, rows: number): Promise<void> {
  const rng = createRng(20)
  const draw = (col: number) => (col % 2 === 0 ? rng.normal() : rng.integer(11) / 5 - 1)
  const lines = Array.from({ length: rows }, (_, row) => {
    const values = Array.from({ length: 23 }, (_, col) => draw(col))
    const sum = values.reduce((all, value, col) => all + Math.sin(value * (1 + (col % 3))), 0)
    const y = sum + 2 * rng.normal() > 2 ? 1 : 0
    const text = values.map((value) => value.toFixed(6))
    return [`${row},${y},${text.slice(0, 13).join()}`, `${row},${text.slice(13).join()}`]
  })
  const names = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, at) => `x${from + at}`).join()
  const heads = [`id,y,${names(0, 13)}`, `id,${names(13, 23)}`]
  for (const side of [0, 1]) {
    const text = [heads[side], ...lines.map((pair) => pair[side])].join('\n')
    await writeFile(join(folder, CREDIT_FILES[side]), `${text}\n`)
  }
}
