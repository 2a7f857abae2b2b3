/**
 * @module
 */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'

import type { UploadSpec } from '../../src/domain/work.ts'
import { loadFrame } from '../../src/runner/data/frame-store.ts'
import type { ReportBody } from '../../src/runner/executor.ts'
import { runUpload } from '../../src/runner/upload.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { leasedTask } from '../helpers/runner.ts'

describe('an upload', () => {
  let dataDir: string
  let root: string

  before(async () => {
    dataDir = await temporaryFolder()
    root = await temporaryFolder()
    const rows = Array.from({ length: 150 }, (_value, row) => `u${row},${row % 2},${row / 4}`)
    await writeFile(join(root, 'people.csv'), `uid,y,x0\n${rows.join('\n')}\n`)
    await writeFile(join(root, 'bad.csv'), 'uid,y\na,1\nb\n')
  })

  async function upload(
    spec: Partial<UploadSpec>,
    options: { previews?: boolean; party?: string | null; spool?: ReadableStream<Uint8Array> } = {},
  ): Promise<ReportBody[]> {
    const reports: ReportBody[] = []
    const { previews = true, party = '9999', spool = null } = options
    await runUpload({
      task: leasedTask('1', {
        kind: 'upload',
        role: 'local',
        party,
        spec: {
          type: 'upload',
          namespace: 'space',
          name: 'people',
          source: { type: 'path', path: 'people.csv' },
          head: true,
          delimiter: ',',
          partitions: 4,
          ...spec,
        },
      }),
      settings: { dataDir, importRoots: [root], previews, memoryMb: 64 },
      cores: 1,
      components: new Map(),
      spool,
      line: {
        signal: new AbortController().signal,
        ask: () => Promise.resolve(null),
        report: (body) => void reports.push(body),
      },
    })
    return reports
  }

  it('stores the table of its party and reports what it found', async () => {
    const reports = await upload({})
    const table = reports.find((report) => report.type === 'table')
    assert.ok(table?.type === 'table')
    const { preview, ...rest } = table
    assert.deepEqual(rest, {
      type: 'table',
      location: 'tables/9999/space/people.arrow',
      columns: ['y', 'x0'],
      idColumn: 'uid',
      rows: 150,
      partitions: 4,
    })
    assert.equal(preview?.length, 100)
    assert.deepEqual(preview?.[3], ['u3', '1', '0.75'])
    const frame = await loadFrame(dataDir, table.location)
    assert.equal(frame?.kind, 'raw')
    assert.equal(frame?.ids.length, 150)
    const metric = reports.find((report) => report.type === 'metric')
    assert.deepEqual(metric?.type === 'metric' && metric.points, [['count', 150]])
  })

  it('shows no rows where the party keeps them to itself', async () => {
    const table = (await upload({}, { previews: false })).find((report) => report.type === 'table')
    assert.equal(table?.type === 'table' && table.preview, null)
  })

  it('reads a spooled body, and keeps a table without a party for everybody', async () => {
    const spool = new Blob(['id,x\na,1\n']).stream()
    const source = { type: 'spool', id: 's' } as const
    const reports = await upload({ source, name: 'shared' }, { spool, party: null })
    const table = reports.find((report) => report.type === 'table')
    assert.equal(table?.type === 'table' && table.location, 'tables/@shared/space/shared.arrow')
  })

  it('leaves the table that is there when the new file is bad', async () => {
    await upload({ name: 'kept' })
    const source = { type: 'path', path: 'bad.csv' } as const
    await assert.rejects(
      upload({ source, name: 'kept' }),
      /^Error: Line 3: expected 2 fields, found 1/,
    )
    const frame = await loadFrame(dataDir, 'tables/9999/space/kept.arrow')
    assert.equal(frame?.ids.length, 150)
  })

  it('reads nothing outside the import directories', async () => {
    const source = { type: 'path', path: '../../etc/passwd' } as const
    await assert.rejects(upload({ source }), /lies outside the import directories/)
  })
})
