/**
 * FATE's example tables, which lie beside a checkout on some machines and are no part of the project.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'

import type { Frame } from '../../src/compute/ml/frame.ts'

const FOLDER = new URL('../../../shared/data/fate/', import.meta.url)

/** Where the tables are; undefined on machines without them, whose tests must then be skipped. */
export const sharedData: URL | undefined = existsSync(FOLDER) ? FOLDER : undefined

/** One of the tables as it would be uploaded; its first column is the id. */
export function rawTable(file: string): Frame {
  const text = readFileSync(new URL(file, FOLDER), 'utf8').trim()
  const [head, ...lines] = text.split('\n').map((line) => line.split(','))
  return {
    kind: 'raw',
    idName: head[0],
    ids: lines.map((cells) => cells[0]),
    columns: head.slice(1).map((name, at) => {
      return { name, type: 'text', values: lines.map((cells) => cells[at + 1]) }
    }),
  }
}
