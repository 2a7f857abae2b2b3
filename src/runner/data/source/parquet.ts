/**
 * A data set in a Parquet file, read a row group after another.
 * @module
 */
import { type FileHandle, open } from 'node:fs/promises'

import type { AsyncBuffer } from 'hyparquet'
import { z } from 'zod'

import type { SourceTable } from '../dataset.ts'
import { partsOf, type Wanted, wantedOf } from './rows.ts'

/** How the owner names such a file. */
export const ParquetSource = z.strictObject({
  type: z.literal('parquet'),
  /** Relative to the list. */
  path: z.string().min(1),
})

/** Opens the file. Throws a sentence that names the data set and not the path, which is its owner's alone. */
export async function openParquetSource(
  source: z.output<typeof ParquetSource>,
  wanted: Wanted,
): Promise<SourceTable> {
  const { index, name } = wanted
  const unusable = (why: string, cause?: unknown) =>
    new Error(`The file of data set "${name}" ${why}: see the list of data sets of its runner`, {
      cause,
    })
  const handle = await open(source.path, 'r').catch((cause: unknown) => {
    throw unusable(`cannot be read (${(cause as { code?: string }).code})`, cause)
  })
  try {
    // Loaded by runners that offer such a file only.
    const { parquetMetadataAsync, parquetReadObjects } = await import('hyparquet')
    const { compressors } = await import('hyparquet-compressors')
    const file = await bufferOf(handle)
    const metadata = await parquetMetadataAsync(file).catch((cause: unknown) => {
      throw unusable('is no Parquet file', cause)
    })
    const [root, ...elements] = metadata.schema
    // A column of columns or of lists has no one value a row.
    const plain = elements.filter(
      ({ num_children: children, repetition_type: repeats }) =>
        children === undefined && repeats !== 'REPEATED',
    )
    if (plain.length !== root.num_children || plain.length !== elements.length) {
      throw unusable('has nested columns, and plain ones are what can be learnt from')
    }
    const known = plain.map((element) => element.name)
    if (!known.includes(index)) throw unusable(`has no column "${index}"`)
    const has = known.filter((column) => column !== index)
    const columns = wantedOf(wanted, has)
    async function* rows() {
      let rowStart = 0
      for (const group of metadata.row_groups) {
        const rowEnd = rowStart + Number(group.num_rows)
        const names = [index, ...columns]
        const found = await parquetReadObjects({
          file,
          metadata,
          compressors,
          columns: names,
          rowStart,
          rowEnd,
        }).catch((cause: unknown) => {
          throw unusable('is damaged, or has a coding that is not known', cause)
        })
        for (const row of found) yield names.map((column) => textOf(row[column], { column, name }))
        rowStart = rowEnd
      }
    }
    return {
      columns: has,
      parts: partsOf(rows(), { index, columns, name }),
      close: () => handle.close(),
    }
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function bufferOf(handle: FileHandle): Promise<AsyncBuffer> {
  const { size } = await handle.stat()
  return {
    byteLength: size,
    async slice(start, end = size) {
      const from = start < 0 ? size + start : start
      const bytes = new Uint8Array(Math.max(0, Math.min(end, size) - from))
      let at = 0
      while (at < bytes.length) {
        const { bytesRead } = await handle.read(bytes, at, bytes.length - at, from + at)
        if (bytesRead === 0) throw new Error('The file ends before its end')
        at += bytesRead
      }
      return bytes.buffer
    },
  }
}

function textOf(value: unknown, { column, name }: { column: string; name: string }): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (value instanceof Date) return value.toISOString()
  throw new Error(
    `Column "${column}" of data set "${name}" has values that are neither numbers nor texts`,
  )
}
