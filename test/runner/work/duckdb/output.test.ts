import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, rename, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'

import type { Table } from '../../../../src/flow/sql/table.ts'
import { openOutput, type OutputOptions } from '../../../../src/runner/work/duckdb/output.ts'
import { temporaryFolder } from '../../../helpers/folder.ts'

const NOTHING = { statements: [], results: [] }

describe('what a run writes', () => {
  let root: string
  let count = 0

  before(async () => {
    root = await temporaryFolder()
  })
  const table = (path: string): Table => ({
    name: path,
    scan: 's',
    columns: [],
    connector: 'filesystem',
    options: new Map(),
    path,
    format: 'csv',
  })

  /** A folder with two tables that have a file each, one of them below the other. */
  async function fresh(): Promise<string> {
    const folder = join(root, String((count += 1)))
    await mkdir(join(folder, 'out', 'below'), { recursive: true })
    await writeFile(join(folder, 'out', 'a.csv'), 'a')
    await writeFile(join(folder, 'out', 'below', 'b.csv'), 'b')
    return folder
  }

  const open = (folder: string, options: Partial<OutputOptions> = {}) =>
    openOutput({
      places: { folder, readable: [], writable: [] },
      key: 'run',
      attempt: 1,
      ...options,
    })

  async function write(
    output: ReturnType<typeof open>,
    path: string,
    { id, overwrite = false }: { id: string; overwrite?: boolean },
  ): Promise<void> {
    const draft = await output.draft(table(path), { overwrite, id })
    await writeFile(draft.file, id)
    output.add([draft])
  }

  /** Everything that others see below a folder, as texts by path. */
  async function visible(folder: string): Promise<Record<string, string>> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const paths = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
      .filter((path) => !/(^|\/)\./.test(path))
    return Object.fromEntries(
      await Promise.all(
        paths.toSorted().map(async (path) => [path, await readFile(join(folder, path), 'utf8')]),
      ),
    )
  }

  async function seen(output: ReturnType<typeof open>, path: string): Promise<string[]> {
    const files = await output.files(table(path))
    return Promise.all(files.map((file) => readFile(file, 'utf8')))
  }

  /** What the steps of the next test leave. */
  const STEPS = [
    ['out', { id: '1' }],
    ['out/below', { id: '2', overwrite: true }],
    ['out/below', { id: '3' }],
    ['new', { id: '4', overwrite: true }],
    ['out', { id: '5', overwrite: true }],
    ['out/deep/er', { id: '6' }],
  ] as const
  const RESULT = {
    'new/part-4.csv': '4',
    'out/deep/er/part-6.csv': '6',
    'out/part-5.csv': '5',
  }

  it('is seen by itself at once, and by others when it is committed', async () => {
    const folder = await fresh()
    const before = await visible(folder)
    const output = open(folder)
    assert.deepEqual(await seen(output, 'out'), ['a', 'b'])
    const views: string[][] = []
    for (const [path, options] of STEPS) {
      await write(output, path, options)
      views.push(await seen(output, 'out'))
    }
    assert.deepEqual(views, [
      ['a', 'b', '1'],
      ['a', '2', '1'],
      ['a', '2', '3', '1'],
      ['a', '2', '3', '1'],
      ['5'],
      ['6', '5'],
    ])
    assert.deepEqual(await visible(folder), before)
    await output.commit(NOTHING)
    await output.discard()
    assert.deepEqual(await visible(folder), RESULT)
  })

  it('is nothing where the run fails', async () => {
    const folder = await fresh()
    const before = await readdir(folder, { recursive: true })
    const output = open(folder)
    for (const [path, options] of STEPS) await write(output, path, options)
    await output.discard()
    assert.deepEqual(await readdir(folder, { recursive: true }), before)
  })

  it('is whole, whichever of its moves was the last before the end of the runner', async () => {
    let whole = false
    let allowed = 0
    for (; !whole; allowed += 1) {
      const folder = await fresh()
      let moves = 0
      const move = async (from: string, to: string) => {
        if (moves >= allowed) throw new Error('killed')
        moves += 1
        await rename(from, to)
      }
      const output = open(folder, { move })
      for (const [path, options] of STEPS) await write(output, path, options)
      whole = await output.commit(NOTHING).then(
        () => true,
        () => false,
      )
      const again = open(folder, { attempt: 2 })
      assert.partialDeepStrictEqual(await again.earlier(), NOTHING)
      await again.discard()
      assert.deepEqual(await visible(folder), RESULT, `after ${allowed} moves`)
    }
    assert.equal(allowed, 9, 'six steps, two of which move what was there first')
  })

  it('is that of one attempt, where two believe that it is theirs', async () => {
    const folder = await fresh()
    const [slow, fast] = [open(folder), open(folder, { attempt: 2 })]
    await write(slow, 'out', { id: 'slow' })
    await write(fast, 'out', { id: 'fast' })
    assert.equal(await fast.earlier(), null)
    const told = { statements: [], results: [{ index: 0, columns: [], rows: [], total: 7 }] }
    await fast.commit(told)
    await fast.discard()
    assert.partialDeepStrictEqual(await slow.commit(NOTHING), told)
    await slow.discard()
    assert.deepEqual(Object.keys(await visible(folder)), [
      'out/a.csv',
      'out/below/b.csv',
      'out/part-fast.csv',
    ])
  })

  it('of runs that ended without a word is removed after a week', async () => {
    const folder = await fresh()
    const lost = open(folder, { key: 'lost' })
    await write(lost, 'out', { id: 'x' })
    await open(folder).earlier()
    const left = async () => (await readdir(folder)).filter((name) => name.includes('weft-run'))
    assert.deepEqual(await left(), ['.weft-run-lost'])
    const long = new Date(Date.now() - 8 * 86_400_000)
    const inside = await readdir(join(folder, '.weft-run-lost'), { recursive: true })
    for (const path of ['.', ...inside])
      await utimes(join(folder, '.weft-run-lost', path), long, long)
    await open(folder).earlier()
    assert.deepEqual(await left(), [])
  })
})
