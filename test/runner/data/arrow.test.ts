/**
 * @module
 */
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { before, describe, it } from 'node:test'

import { tableFromArrays, tableFromIPC, tableToIPC } from 'apache-arrow'
import fc from 'fast-check'

import type { Column, Frame } from '../../../src/compute/ml/frame.ts'
import { decodeFrame, encodeFrames } from '../../../src/runner/data/arrow.ts'
import { loadFrame, saveFrame, saveFrames } from '../../../src/runner/data/frame-store.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('', 'id', 'x', 'x_'),
)

function columns(rows: number): fc.Arbitrary<Column[]> {
  const cells = <T>(cell: fc.Arbitrary<T>) => fc.array(cell, { minLength: rows, maxLength: rows })
  const column = fc
    .oneof(
      fc.record({
        name: text,
        type: fc.constant('number' as const),
        values: cells(fc.double()).map((values) => Float64Array.from(values)),
      }),
      fc.record({ name: text, type: fc.constant('text' as const), values: cells(text) }),
      fc.record({
        name: text,
        type: fc.constant('json' as const),
        values: cells(fc.jsonValue().map((value): unknown => JSON.parse(JSON.stringify(value)))),
      }),
    )
    .map((made): Column => ({ ...made }))
  return fc.array(column, { maxLength: 4 })
}

const frames: fc.Arbitrary<Frame> = fc.integer({ min: 0, max: 20 }).chain((rows) =>
  fc.record(
    {
      kind: fc.constantFrom('raw' as const, 'data' as const, 'prediction' as const),
      idName: text,
      ids: fc.array(text, { minLength: rows, maxLength: rows }),
      labelName: text,
      weightName: text,
      columns: columns(rows),
    },
    { requiredKeys: ['kind', 'idName', 'ids', 'columns'], noNullPrototype: true },
  ),
)

async function encode(head: Frame, parts: Frame[] = [head]): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of encodeFrames(head, parts)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

describe('a frame as Arrow', () => {
  it('comes back as it was, whatever it holds', async () => {
    await fc.assert(
      fc.asyncProperty(frames, async (frame) => {
        assert.deepEqual(decodeFrame(await encode(frame)), frame)
      }),
      { numRuns: 60 },
    )
  })

  it('keeps its rows when columns are called like each other or like the id', async () => {
    const frame: Frame = {
      kind: 'raw',
      idName: 'x',
      ids: ['a', 'b'],
      columns: ['x', '', 'x_', ''].map((name) => ({ name, type: 'text', values: ['1', '2'] })),
    }
    assert.deepEqual(decodeFrame(await encode(frame)), frame)
  })

  it('comes back whole from several parts and from more than one batch', async () => {
    const part = (from: number, rows: number): Frame => ({
      kind: 'data',
      idName: 'id',
      ids: Array.from({ length: rows }, (_value, row) => `é${from + row}`),
      columns: [
        {
          name: 'x',
          type: 'number',
          values: Float64Array.from({ length: rows }, (_v, row) => from + row),
        },
      ],
    })
    const head = part(0, 0)
    const frame = decodeFrame(
      await encode(head, [part(0, 70_000), part(70_000, 3), part(70_003, 0)]),
    )
    assert.deepEqual(frame, part(0, 70_003))
  })

  it('is a plain Arrow file to others', async () => {
    const frame: Frame = {
      kind: 'data',
      idName: 'sid',
      ids: ['a', 'b'],
      labelName: 'y',
      columns: [
        { name: 'y', type: 'number', values: Float64Array.of(1, 0) },
        { name: 'city', type: 'text', values: ['Köln', ''] },
      ],
    }
    const table = tableFromIPC(await encode(frame))
    assert.deepEqual(
      table.toArray().map((row) => row?.toJSON()),
      [
        { sid: 'a', y: 1, city: 'Köln' },
        { sid: 'b', y: 0, city: '' },
      ],
    )
    assert.equal(table.schema.metadata.get('weft.label'), 'y')
  })

  it('refuses columns of another length, and files of others', async () => {
    const frame: Frame = {
      kind: 'data',
      idName: 'id',
      ids: ['a', 'b'],
      columns: [{ name: 'x', type: 'number', values: Float64Array.of(1) }],
    }
    await assert.rejects(encode(frame), /Column "x" has 1 values for 2 rows/)
    const foreign = tableToIPC(tableFromArrays({ x: [1, 2] }), 'file')
    assert.throws(() => decodeFrame(foreign), /none that Weft wrote/)
  })
})

describe('the frame store', () => {
  const frame: Frame = { kind: 'raw', idName: 'id', ids: ['a'], columns: [] }
  let dataDir: string
  before(async () => {
    dataDir = await temporaryFolder()
  })

  it('has no frame where none was stored', async () => {
    assert.equal(await loadFrame(dataDir, 'tables/x/y/z.arrow'), undefined)
  })

  it('replaces a frame whole', async () => {
    await saveFrame(dataDir, 'one/t.arrow', frame)
    await saveFrame(dataDir, 'one/t.arrow', { ...frame, ids: ['b', 'c'] })
    assert.deepEqual((await loadFrame(dataDir, 'one/t.arrow'))?.ids, ['b', 'c'])
  })

  it('keeps the old frame, and no draft, when the new one cannot be written', async () => {
    await saveFrame(dataDir, 'two/t.arrow', frame)
    async function* parts(): AsyncGenerator<Frame> {
      yield frame
      throw new Error('Line 7 is bad')
    }
    await assert.rejects(
      saveFrames(dataDir, 'two/t.arrow', { head: frame, parts: parts() }),
      /Line 7 is bad/,
    )
    assert.deepEqual((await loadFrame(dataDir, 'two/t.arrow'))?.ids, ['a'])
    assert.deepEqual(await readdir(`${dataDir}/two`), ['t.arrow'])
  })
})
