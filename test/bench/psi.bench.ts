/**
 * Private set intersection of two parties in one process: identifiers of one party per second, end to end.
 * @module
 */
import { intersection } from '../../src/component/psi/intersection.ts'
import type { Frame } from '../../src/compute/ml/frame.ts'
import type { Parallel } from '../../src/compute/parallel.ts'
import { runComponent } from '../helpers/parties.ts'

/** Each party has `ids` identifiers, half of them in common. */
export const bench = {
  name: 'psi',
  async *run(
    options: { readonly ids?: number; readonly parallel?: Parallel } = {},
  ): AsyncIterable<{ params: object; value: number; unit: string }> {
    const { ids = 2000, parallel } = options
    for (const method of ['rsa', 'ecdh']) {
      const start = performance.now()
      const run = await runComponent(intersection, {
        members: { guest: ['9999'], host: ['10000'] },
        params: { intersect_method: method },
        tables: {
          'guest:9999': { data: tableOf(ids, 0) },
          'host:10000': { data: tableOf(ids, Math.floor(ids / 2)) },
        },
        parallel,
      })
      const seconds = (performance.now() - start) / 1000
      const found = run.parties['guest:9999'].tables[0].ids.length
      if (found !== Math.ceil(ids / 2)) throw new Error(`psi: found ${found} of ${ids / 2} ids`)
      yield {
        params: { method, ids, threads: parallel?.cores ?? 1 },
        value: ids / seconds,
        unit: 'ids/s',
      }
    }
  },
}

function tableOf(count: number, from: number): Frame {
  const ids = Array.from({ length: count }, (_, i) => `customer-${from + i}`)
  return { kind: 'data', idName: 'id', ids, columns: [] }
}
