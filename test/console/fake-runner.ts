/**
 * A runner of the console's tests.
 * @module
 */
import type { Db } from '../../src/db/type.ts'
import type { Capacity } from '../../src/domain/work.ts'
import { type FakeRunner, fakeRunner } from '../helpers/fake-runner.ts'

/** Registers a runner; without parties it serves all. */
export function startRunner(
  db: Db,
  parties: readonly string[] | null = null,
  capacity: Capacity = {},
): Promise<FakeRunner> {
  return fakeRunner(db, {
    parties,
    identities: Object.fromEntries(
      (parties ?? ['*']).map((party) => [party, btoa(`key of ${party}`).replaceAll('=', '')]),
    ),
    facts: { cores: 8, memoryMb: 32_768, host: 'bench-1', runtime: 'node 26.1.0' },
    capacity,
  })
}
