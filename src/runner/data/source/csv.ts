/**
 * A data set in a CSV file with a heading.
 * @module
 */
import { open } from 'node:fs/promises'

import { z } from 'zod'

import { openCsv } from '../csv.ts'
import type { SourceTable } from '../dataset.ts'
import type { Wanted } from './rows.ts'

/** How the owner names such a file. */
export const CsvSource = z.strictObject({
  type: z.literal('csv'),
  /** Relative to the list. */
  path: z.string().min(1),
  delimiter: z.string().length(1).default(','),
})

/** Opens the file. Throws a sentence that names the data set and not the path, which is its owner's alone. */
export async function openCsvSource(
  source: z.output<typeof CsvSource>,
  dataset: Pick<Wanted, 'index' | 'name'>,
): Promise<SourceTable> {
  const file = await open(source.path, 'r').catch((cause: unknown) => {
    const { code } = cause as { code?: string }
    throw new Error(
      `The file of data set "${dataset.name}" cannot be read (${code}): see the list of data sets of its runner`,
      { cause },
    )
  })
  try {
    const bytes = file.createReadStream({ autoClose: false, highWaterMark: 1 << 20 })
    const { columns, parts } = await openCsv(bytes, {
      head: true,
      delimiter: source.delimiter,
      index: dataset.index,
    })
    return { columns, parts, close: () => file.close() }
  } catch (error) {
    await file.close()
    throw error
  }
}
