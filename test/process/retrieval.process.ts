/**
 * SecureInformationRetrieval through FATE-Flow and on a real runner, with its threads.
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { createRng } from '../../src/compute/ml/rng.ts'
import { listMetrics } from '../../src/domain/metric.ts'
import { fateWorld } from './fate-world.ts'

const ROWS = 400
const HOST = { name: 'sir_host', namespace: 'sir' }
const GUEST = { name: 'sir_guest', namespace: 'sir' }

/** What the host has by id, as its file says. */
function hostCells(): Map<string, readonly [string, string]> {
  const rng = createRng(11)
  return new Map(
    Array.from({ length: ROWS }, (_, row) => [
      `h${row}`,
      [rng.normal().toFixed(5), rng.normal().toFixed(5)],
    ]),
  )
}

describe('a retrieval', { timeout: 300_000 }, () => {
  let at: Awaited<ReturnType<typeof fateWorld>>
  before(async () => {
    at = await fateWorld()
  })
  after(() => at.close())

  it('gives the guest the columns of the host for its ids', async () => {
    const theirs = hostCells()
    const ids = ['h7', 'h399', 'other', 'h0', 'h250', ...Array.from(theirs.keys()).slice(20, 60)]
    await at.upload(HOST, () =>
      ['id,a,b', ...Array.from(theirs, ([id, cells]) => [id, ...cells].join())].join('\n'),
    )
    await at.upload(GUEST, () => ['id,own', ...ids.map((id, row) => `${id},${row}`)].join('\n'))
    const reads = (table: object) => ({ '0': { reader_0: { table } } })
    const { jobId } = await at.done('/v1/job/submit', {
      job_dsl: {
        components: {
          reader_0: { module: 'Reader', output: { data: ['data'] } },
          transform_0: {
            module: 'DataTransform',
            input: { data: { data: ['reader_0.data'] } },
            output: { data: ['data'], model: ['model'] },
          },
          sir_0: {
            module: 'SecureInformationRetrieval',
            input: { data: { data: ['transform_0.data'] } },
            output: { data: ['data'], model: ['model'] },
          },
        },
      },
      job_runtime_conf: {
        dsl_version: 2,
        initiator: { role: 'guest', party_id: 9999 },
        role: { guest: [9999], host: [10000] },
        job_parameters: { common: { job_type: 'train' } },
        component_parameters: {
          common: {
            transform_0: { with_label: false },
            sir_0: {
              security_level: 0.5,
              oblivious_transfer_protocol: 'OT_Hauck',
              commutative_encryption: 'CommutativeEncryptionPohligHellman',
              non_committing_encryption: 'aes',
              dh_params: { key_length: 1024 },
              target_cols: ['b', 'a'],
            },
          },
          role: { guest: reads(GUEST), host: reads(HOST) },
        },
      },
    })

    const of = { job_id: jobId, component_name: 'sir_0', role: 'guest', party_id: 9999 }
    const { data, meta } = await at.test.post('/v1/tracking/component/output/data', of)
    assert.deepEqual((meta as { header: string[] }).header, ['id', 'b', 'a'])
    const rows = data as unknown[][]
    assert.deepEqual(new Set(rows.map(([id]) => id)), new Set(ids))
    for (const [id, b, a] of rows) {
      const cells = theirs.get(String(id))
      if (cells) assert.deepEqual([Number(a), Number(b)], cells.map(Number), String(id))
      else assert.deepEqual([a, b], [null, null])
    }

    const metrics = await listMetrics(at.test.db, { jobId: jobId ?? '' })
    const found = metrics.filter(({ namespace, name }) => namespace === 'train' && name === 'sir')
    const points = (coverage: number) => [
      ['Coverage', coverage],
      ['Block number', 45],
    ]
    const least = (one: { points: readonly (readonly unknown[])[] }) => Number(one.points[0][1])
    assert.deepEqual(
      found.toSorted((a, b) => least(a) - least(b)).map((one) => one.points),
      [points(44 / ROWS), points(44 / 45)],
    )
    const { data: model } = await at.test.post('/v1/tracking/component/output/model', of)
    assert.deepEqual(model, { coverage: 44 / 45, blockNum: 45 })
  })
})
