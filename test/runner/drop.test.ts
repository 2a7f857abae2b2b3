import assert from 'node:assert/strict'
import { access, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'

import type { DropSpec } from '../../src/domain/work.ts'
import { outputLocation, tableLocation } from '../../src/runner/data/path.ts'
import { runDownload } from '../../src/runner/download.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { leasedTask } from '../helpers/runner.ts'

const OUTPUT = { jobId: '7', role: 'host', node: 'split_0' }

describe('a drop', () => {
  it('deletes what it names of its own party, and nothing else', async () => {
    const dataDir = await temporaryFolder()
    const own = { ...OUTPUT, party: '10000' }
    const paths = {
      table: tableLocation({ party: '10000', namespace: 'bank', name: 'a' }),
      other: tableLocation({ party: '9999', namespace: 'bank', name: 'a' }),
      first: outputLocation(own, 'table'),
      second: outputLocation(own, 'table', 'test'),
      model: outputLocation(own, 'model'),
    }
    for (const path of Object.values(paths)) {
      await mkdir(dirname(join(dataDir, path)), { recursive: true })
      await writeFile(join(dataDir, path), 'rows')
    }
    const spec: DropSpec = {
      type: 'drop',
      tables: [
        { namespace: 'bank', name: 'a' },
        { namespace: 'bank', name: 'never there' },
      ],
      outputs: [OUTPUT, { ...OUTPUT, output: 'test' }],
    }
    await run(dataDir, spec, '10000')
    for (const gone of ['table', 'first', 'second'] as const) {
      await assert.rejects(access(join(dataDir, paths[gone])), gone)
    }
    for (const left of ['other', 'model'] as const) await access(join(dataDir, paths[left]))
  })

  it('of nobody in particular deletes no outputs', async () => {
    const spec: DropSpec = { type: 'drop', tables: [], outputs: [OUTPUT] }
    await assert.rejects(run(await temporaryFolder(), spec, null), /names no party/)
  })
})

function run(dataDir: string, spec: DropSpec, party: string | null): Promise<void> {
  return runDownload({
    task: leasedTask('1', { kind: 'download', role: 'local', party, spec }),
    settings: { dataDir, importRoots: [], previews: true, memoryMb: 64 },
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
