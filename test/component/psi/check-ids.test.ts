import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import fc from 'fast-check'

import { PrivateFault } from '../../../src/component/private-fault.ts'
import { checkIds } from '../../../src/component/psi/check-ids.ts'
import { randomBytes } from '../../../src/compute/crypto/random.ts'
import { inline } from '../../../src/compute/parallel.ts'
import { memoryScratch } from '../../helpers/parties.ts'

function check(ids: readonly string[], files?: Map<string, Uint8Array[]>): Promise<void> {
  const { signal } = new AbortController()
  const scratch = memoryScratch(files)
  return checkIds('table', [...ids], { parallel: inline, signal, scratch, random: randomBytes })
}

/** What a plain comparison says, in the words of the error. */
function expected(ids: readonly string[]): string | null {
  const repeated = ids.flatMap((id, i) => (id !== '' && ids.indexOf(id) < i ? [i + 1] : []))
  const missing = ids.flatMap((id, i) => (id === '' ? [i + 1] : []))
  const named = (rows: number[]) =>
    `${rows.length} (row ${rows.slice(0, 3).join(', ')}${rows.length > 3 ? ', …' : ''})`
  const faults = [
    ...(repeated.length > 0 ? [`rows that repeat an earlier id: ${named(repeated)}`] : []),
    ...(missing.length > 0 ? [`rows without an id: ${named(missing)}`] : []),
  ]
  return faults.length === 0
    ? null
    : `table has ${faults.join(', and ')}; remove them from the table`
}

describe('checkIds', () => {
  it('finds the repetitions and gaps that a plain comparison finds', async () => {
    const id = fc.oneof(fc.constantFrom('', 'a', 'b', '0', '\0', 'ä'), fc.string())
    await fc.assert(
      fc.asyncProperty(fc.array(id, { maxLength: 30 }), async (ids) => {
        const found = await check(ids).then(
          () => null,
          (error: unknown) => {
            assert.ok(error instanceof PrivateFault)
            return error.message
          },
        )
        assert.equal(found, expected(ids))
      }),
    )
  })

  it('goes to scratch files with more ids than it keeps in memory, and leaves none', async () => {
    const files = new Map<string, Uint8Array[]>()
    let spilt = 0
    const set = files.set.bind(files)
    files.set = (name, value) => {
      spilt++
      return set(name, value)
    }
    const count = 450_000
    const ids = Array.from({ length: count }, (_, i) => `customer-${i}`)
    await check(ids, files)
    assert.ok(spilt > 0)
    assert.equal(files.size, 0)
    ids[440_000] = 'customer-17'
    ids[449_999] = 'customer-439999'
    await assert.rejects(check(ids, files), /repeat an earlier id: 2 \(row 440001, 450000\);/)
    assert.equal(files.size, 0)
  })

  it('tells others neither counts nor rows', async () => {
    await assert.rejects(check(['a', 'a']), (error: unknown) => {
      assert.ok(error instanceof PrivateFault)
      return !/\d/.test(JSON.stringify(Object.values(error)))
    })
  })
})
