/**
 * @module
 */
import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, it } from 'node:test'

import { saveFrames } from '../../src/runner/data/frame-store.ts'
import { tableLocation } from '../../src/runner/data/path.ts'
import { runDownload } from '../../src/runner/download.ts'
import type { ReportBody } from '../../src/runner/executor.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { leasedTask } from '../helpers/runner.ts'

describe('a download', () => {
  let dataDir: string
  let exportDir: string

  beforeEach(async () => {
    dataDir = await temporaryFolder()
    exportDir = join(await temporaryFolder(), 'export')
    const part = (ids: string[], names: string[]) => ({
      kind: 'raw' as const,
      idName: 'uid',
      ids,
      columns: [
        { name: 'name', type: 'text' as const, values: names },
        {
          name: 'x0',
          type: 'number' as const,
          values: Float64Array.from(ids, (_, row) => row / 2),
        },
      ],
    })
    const parts = [part(['u1', 'u2'], ['Ann', 'a;b']), part(['u3'], ['say "no"'])]
    const location = tableLocation({ party: '9999', namespace: 'space', name: 'people' })
    await saveFrames(dataDir, location, { head: parts[0], parts })
  })

  async function download(
    path: string,
    options: { party?: string | null; delimiter?: string; off?: boolean } = {},
  ): Promise<ReportBody[]> {
    const reports: ReportBody[] = []
    const { party = '9999', delimiter = ',' } = options
    await runDownload({
      task: leasedTask('1', {
        kind: 'download',
        role: 'local',
        party,
        spec: { type: 'download', namespace: 'space', name: 'people', path, delimiter },
      }),
      settings: {
        dataDir,
        importRoots: [],
        previews: false,
        memoryMb: 64,
        ...(options.off ? {} : { exportDir }),
      },
      cores: 1,
      components: new Map(),
      spool: null,
      line: {
        signal: new AbortController().signal,
        ask: () => Promise.resolve(null),
        report: (body) => void reports.push(body),
      },
    })
    return reports
  }

  it('writes every row with its id first, and tells how many', async () => {
    const reports = await download('deep/people.csv')
    assert.equal(
      await readFile(join(exportDir, 'deep/people.csv'), 'utf8'),
      'u1,Ann,0\nu2,a;b,0.5\nu3,"say ""no""",0\n',
    )
    const metric = reports.find((report) => report.type === 'metric')
    assert.ok(metric?.type === 'metric')
    assert.deepEqual(
      [metric.namespace, metric.name, metric.points],
      ['download', 'data_access', [['count', 3]]],
    )
  })

  it('puts the delimiter asked for between values, and quotes those that hold it', async () => {
    await download(join(exportDir, 'people.txt'), { delimiter: ';' })
    assert.equal(
      await readFile(join(exportDir, 'people.txt'), 'utf8'),
      'u1;Ann;0\nu2;"a;b";0.5\nu3;"say ""no""";0\n',
    )
  })

  it('replaces a file that is there', async () => {
    await mkdir(exportDir)
    await writeFile(join(exportDir, 'people.csv'), 'old')
    await download('people.csv')
    assert.match(await readFile(join(exportDir, 'people.csv'), 'utf8'), /^u1,Ann,0\n/)
    assert.deepEqual(await readdir(exportDir), ['people.csv'])
  })

  const outside: [name: string, path: (root: string) => string][] = [
    ['a path that climbs out', () => '../people.csv'],
    ['an absolute path elsewhere', () => '/tmp/people.csv'],
    ['the folder itself', () => '.'],
    ['a folder whose name begins like it', (root) => `${root}-other/people.csv`],
    ['a link that leads out', () => 'away/people.csv'],
  ]
  for (const [name, path] of outside) {
    it(`refuses ${name}`, async () => {
      const elsewhere = await temporaryFolder()
      await mkdir(exportDir)
      await symlink(elsewhere, join(exportDir, 'away'))
      await assert.rejects(download(path(exportDir)), /lies outside the export directory/)
      assert.deepEqual(await readdir(elsewhere), [])
    })
  }

  it('does not write through a link or over a folder', async () => {
    const elsewhere = join(await temporaryFolder(), 'target.csv')
    await writeFile(elsewhere, 'kept')
    await mkdir(join(exportDir, 'folder'), { recursive: true })
    await symlink(elsewhere, join(exportDir, 'link.csv'))
    await assert.rejects(download('link.csv'), /no regular file/)
    await assert.rejects(download('folder'), /is a folder/)
    assert.equal(await readFile(elsewhere, 'utf8'), 'kept')
  })

  it("does not find another party's table, and writes nothing where it may not", async () => {
    await assert.rejects(download('a.csv', { party: '1' }), /is not in the data directory/)
    await assert.rejects(download('a.csv', { off: true }), /set WEFT_EXPORT_DIR/)
  })
})
