/**
 * Whether the ids of a table can be matched.
 * @module
 */
import { concatBytes } from '../../compute/crypto/bytes.ts'
import type { TaskContext } from '../define.ts'
import { PrivateFault } from '../private-fault.ts'
import { BUCKETS, scratchOf } from './buckets.ts'
import { cut, type IdList } from './id-list.ts'
import { createTable, createTokens } from './match.ts'
import { spread } from './spread.ts'

/** Row numbers that an error names. */
const NAMED = 3
/** Ids that are hashed at a time. */
const BATCH = 65_536

/** What is needed of a task. */
export type DigestContext = Pick<TaskContext, 'parallel' | 'signal' | 'scratch' | 'random'>

/**
 * Throws a sentence with the number of ids that are missing or occur more than once, and the first few rows, counted
 * from 1, where they do. It names no id: sentences end up in logs. Counts and rows are for the owner only.
 *
 * Salted hashes of 128 bits are compared, bucket by bucket: two different ids among 2^24 are taken for the same with a
 * probability below 2^−80, and memory does not grow with the table.
 */
export async function checkIds(name: string, ids: IdList, context: DigestContext): Promise<void> {
  const { repeated, missing } = await faultsOf(ids, context)
  const faults = []
  if (repeated.count > 0) faults.push(`rows that repeat an earlier id: ${named(repeated)}`)
  if (missing.count > 0) faults.push(`rows without an id: ${named(missing)}`)
  if (faults.length === 0) return
  throw new PrivateFault(
    `${name} has ${faults.join(', and ')}; remove them from the table`,
    `${name} has a table in which ids are missing or repeat: only its owner is told where`,
  )
}

/** SHA-256 of `salt` and each id: rows of 32 bytes, the same for the same id and salt. */
export async function digestIds(
  ids: readonly string[],
  salt: Uint8Array,
  { parallel, signal }: Pick<DigestContext, 'parallel' | 'signal'>,
): Promise<Uint8Array> {
  const results = await spread(parallel, 'kkrt.digest', {
    count: ids.length,
    signal,
    call: (from, until) => ({ ids: ids.slice(from, until), salt }),
  })
  return concatBytes(results)
}

/** How many rows have a fault, and the first few of them. */
interface Fault {
  count: number
  rows: number[]
}

async function faultsOf(
  ids: IdList,
  context: DigestContext,
): Promise<{ repeated: Fault; missing: Fault }> {
  const [repeated, missing]: Fault[] = [
    { count: 0, rows: [] },
    { count: 0, rows: [] },
  ]
  const tokens = createTokens('ids', scratchOf(context.scratch, 'check'))
  const salt = context.random(16)
  let row = 0
  for (const { batch } of cut(ids, BATCH)) {
    context.signal.throwIfAborted()
    const digests = await digestIds(batch, salt, context)
    for (const [i, id] of batch.entries()) {
      if (id !== '') continue
      note(missing, row + i)
      // What is missing repeats nothing.
      digests.set(context.random(32), 32 * i)
    }
    await tokens.add(digests)
    row += batch.length
  }
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    createTable(await tokens.take(bucket), (place) => note(repeated, place))
  }
  return { repeated, missing }
}

function note(fault: Fault, place: number): void {
  fault.count++
  fault.rows = [...fault.rows, place + 1].sort((a, b) => a - b).slice(0, NAMED)
}

function named({ count, rows }: Fault): string {
  return `${count} (row ${rows.join(', ')}${count > rows.length ? ', …' : ''})`
}
