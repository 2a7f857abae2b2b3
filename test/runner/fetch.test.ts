import assert from 'node:assert/strict'
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { beforeEach, describe, it } from 'node:test'

import type { FetchSpec } from '../../src/domain/work.ts'
import { saveFrame } from '../../src/runner/data/frame-store.ts'
import { outputLocation } from '../../src/runner/data/path.ts'
import { runDownload } from '../../src/runner/download.ts'
import { dropRows, sendRows } from '../../src/runner/fetch.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { leasedTask } from '../helpers/runner.ts'

const SPOOL = 'ab'.repeat(16)
const SPEC: FetchSpec = {
  type: 'fetch',
  jobId: '7',
  role: 'host',
  party: '10000',
  node: 'dataio_0',
  limit: null,
  spool: SPOOL,
}

describe('a fetch', () => {
  let dataDir: string
  beforeEach(async () => {
    dataDir = await temporaryFolder()
    const ids = Array.from({ length: 5000 }, (_, row) => `u${row}`)
    await saveFrame(dataDir, outputLocation(SPEC, 'table'), {
      kind: 'data',
      idName: 'id',
      ids,
      columns: [
        { name: 'x0', type: 'number', values: Float64Array.from(ids, (_, row) => row / 2) },
      ],
    })
  })

  function run(spec: FetchSpec, options: { party?: string; previews?: boolean } = {}) {
    const { party = '10000', previews = true } = options
    return runDownload({
      task: leasedTask('1', { kind: 'download', role: 'local', party, spec }),
      settings: { dataDir, importRoots: [], previews, memoryMb: 64 },
      cores: 1,
      line: {
        signal: new AbortController().signal,
        ask: () => Promise.resolve(null),
        report: () => {},
      },
      components: new Map(),
      spool: null,
    })
  }

  async function sent(): Promise<string> {
    let text = ''
    await sendRows(dataDir, SPOOL, async (id, rows) => {
      assert.equal(id, SPOOL)
      text = await rows.text()
    })
    return text
  }

  it('sends all rows as lines, or as many as are wanted, and leaves nothing', async () => {
    await run(SPEC)
    const lines = (await sent()).trimEnd().split('\n')
    assert.equal(lines.length, 5000)
    assert.deepEqual([lines[0], lines[4999]], ['u0,0', 'u4999,2499.5'])
    await run({ ...SPEC, limit: 2 })
    assert.equal(await sent(), 'u0,0\nu1,0.5\n')
    await dropRows(dataDir, SPOOL)
    assert.deepEqual(await readdir(join(dataDir, 'fetch')), [])
  })

  it('sends a model as its file has it', async () => {
    const path = join(dataDir, outputLocation(SPEC, 'model'))
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, '{"name":"LR"}')
    await run({ ...SPEC, what: 'model' })
    assert.equal(await sent(), '{"name":"LR"}')
    await assert.rejects(
      run({ ...SPEC, what: 'model' }, { previews: false }),
      /host 10000 keeps its models to itself/,
    )
  })

  it('removes what was left there a day ago, and nothing younger', async () => {
    const folder = join(dataDir, 'fetch')
    await mkdir(folder)
    for (const name of ['old', 'young']) await writeFile(join(folder, name), '')
    const dayAgo = Date.now() / 1000 - 25 * 3600
    await utimes(join(folder, 'old'), dayAgo, dayAgo)
    await run(SPEC)
    assert.deepEqual((await readdir(folder)).toSorted(), [SPOOL, 'young'])
  })

  it('is refused by the policy of the party, for another party, and where there are no rows', async () => {
    await assert.rejects(run(SPEC, { previews: false }), /host 10000 keeps its rows to itself/)
    await assert.rejects(run(SPEC, { party: '9999' }), /are not those of 9999/)
    await assert.rejects(
      run({ ...SPEC, node: 'other_0' }),
      /of job 7 left is not in the data directory/,
    )
    assert.deepEqual(await readdir(dataDir), ['jobs'])
  })

  it('is refused by a runner that has no way to the server, and to a place that is no place', async () => {
    await run(SPEC)
    await assert.rejects(sendRows(dataDir, SPOOL, undefined), /start it with WEFT_APP_URL/)
    await assert.rejects(run({ ...SPEC, spool: '../../etc/passwd' }), /is no place of the server/)
  })
})
