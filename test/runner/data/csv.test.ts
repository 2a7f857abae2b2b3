/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { type CsvOptions, openCsv } from '../../../src/runner/data/csv.ts'

async function* chunks(data: string | Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
}

interface Read {
  readonly idName: string
  readonly columns: readonly string[]
  readonly rows: string[][]
}

async function read(data: string | Uint8Array, options: Partial<CsvOptions> = {}): Promise<Read> {
  const { idName, columns, parts } = await openCsv(chunks(data), {
    head: true,
    delimiter: ',',
    ...options,
  })
  const rows: string[][] = []
  for await (const { ids, columns: found } of parts) {
    for (const [row, id] of ids.entries())
      rows.push([id, ...found.map(({ values }) => String(values[row]))])
  }
  return { idName, columns, rows }
}

describe('a CSV file', () => {
  it('has its id first and its headings after it', async () => {
    assert.deepEqual(await read('id,y,x0\na,1,0.5\nb,0,-1e-3\n'), {
      idName: 'id',
      columns: ['y', 'x0'],
      rows: [
        ['a', '1', '0.5'],
        ['b', '0', '-1e-3'],
      ],
    })
  })

  it('gets headings when it has none', async () => {
    assert.deepEqual(await read('a,1,2\nb,3,4', { head: false }), {
      idName: 'id',
      columns: ['fid0', 'fid1'],
      rows: [
        ['a', '1', '2'],
        ['b', '3', '4'],
      ],
    })
  })

  it('may have another delimiter, a byte order mark, CRLF, empty lines, quotes and letters of any kind', async () => {
    const text = '\ufeffid\tname\r\n\r\n1\t"Müller\t""Jr."""\r\n2\t李\r\n'
    assert.deepEqual(await read(text, { delimiter: '\t' }), {
      idName: 'id',
      columns: ['name'],
      rows: [
        ['1', 'Müller\t"Jr."'],
        ['2', '李'],
      ],
    })
  })

  it('may hold ids alone', async () => {
    const { columns, rows } = await read('id\na\nb\n')
    assert.deepEqual([columns, rows], [[], [['a'], ['b']]])
  })

  it('comes in parts of some thousand rows', async () => {
    const rows = Array.from({ length: 20_000 }, (_value, row) => `${row},${row * 2}`)
    const { parts } = await openCsv(chunks(`id,x\n${rows.join('\n')}\n`, 60_000), {
      head: true,
      delimiter: ',',
    })
    const sizes = []
    for await (const part of parts) sizes.push(part.ids.length)
    assert.deepEqual(sizes, [8192, 8192, 3616])
  })

  const faults: [
    what: string,
    data: string | Uint8Array,
    reason: RegExp,
    options?: Partial<CsvOptions>,
  ][] = [
    ['nothing at all', '', /^The file is empty$/],
    ['blank lines only', '\n\n', /^The file is empty$/],
    ['nothing, and no heading is expected', '', /^The file is empty$/, { head: false }],
    ['a heading alone', 'id,x\n', /^The file has a heading but no rows$/],
    ['a line with too few fields', 'id,x\na,1\nb\nc,2\n', /^Line 3: expected 2 fields, found 1:/],
    ['a line with too many fields', 'id,x\n\na,1,2\n', /^Line 3: expected 2 fields, found 3:/],
    [
      'a short line without headings',
      'a,1\nb\n',
      /^Line 2: expected 2 fields, found 1:/,
      { head: false },
    ],
    ['a heading without a name', 'id,,x\na,1,2\n', /^Line 1: column 2 has no name$/],
    ['two headings alike', 'id,x,x\na,1,2\n', /^Line 1: two columns are called "x"$/],
    [
      'an open quotation mark',
      'id,x\na,"1\n',
      /^Line \d: a quotation mark is opened and never closed$/,
    ],
    ['a stray quotation mark', 'id,x\na,1"2"\n', /^Line 2: a quotation mark stands inside a field/],
    [
      'bytes that are no UTF-8',
      Buffer.from('id,x\na,1\nb,\xe9\n', 'latin1'),
      /^Line 3 is not UTF-8/,
    ],
    ['a character that is cut off', Buffer.from('id,x\na,\xc3', 'latin1'), /^Line 2 is not UTF-8/],
    ['NUL bytes', 'id,x\na,\0\n', /^Line 2 holds a NUL byte/],
    ['UTF-16', Buffer.from('id,x\na,1\n', 'utf16le'), /^Line 1 holds a NUL byte.*UTF-16/],
    [
      'ids that repeat',
      'id,x\na,1\nb,2\na,3\na,4\nb,5\nc,6\n',
      /^3 rows repeat an id that an earlier row has: lines 2 and 4, lines 3 and 6, …\. The first column/,
    ],
    ['one id that repeats', 'a\nb\na\n', /^1 row repeats .*: lines 1 and 3\. /, { head: false }],
  ]
  for (const [what, data, reason, options] of faults) {
    it(`is refused for ${what}`, async () => {
      await assert.rejects(read(data, options), (error: Error) => {
        assert.match(error.message, reason)
        return true
      })
    })
  }

  it('fails with the error of its source', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode('id,x\na,1\n')
      throw new Error('The upload broke off')
    }
    await assert.rejects(async () => {
      const { parts } = await openCsv(broken(), { head: true, delimiter: ',' })
      for await (const part of parts) assert.ok(part)
    }, /The upload broke off/)
  })
})
