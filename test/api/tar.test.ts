import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { tarGzipStream, tarStream, type TarEntry } from '../../src/api/tar.ts'
import { untar, untarGzip } from '../helpers/untar.ts'

const encoder = new TextEncoder()

function entry(path: string, text: string): TarEntry {
  const bytes = encoder.encode(text)
  return { path, size: bytes.length, modifiedAt: 1_700_000_000_000, content: [bytes] }
}

async function collect(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: number[] = []
  for await (const chunk of stream) chunks.push(...chunk)
  return Uint8Array.from(chunks)
}

describe('tarStream', () => {
  it('writes files that a reader finds again, of every length around a block', async () => {
    const entries = [0, 1, 511, 512, 513, 1024].map((length) =>
      entry(`dir/${length}.txt`, 'ä'.repeat(length).slice(0, length)),
    )
    const archive = await collect(tarStream(entries))
    assert.equal(archive.length % 512, 0)
    const files = untar(archive)
    assert.deepEqual(
      [...files].map(([path, text]) => [path, text.length]),
      [0, 1, 511, 512, 513, 1024].map((length) => [`dir/${length}.txt`, length]),
    )
    assert.equal(files.get('dir/513.txt'), 'ä'.repeat(513))
  })

  it('writes an empty archive that is valid', async () => {
    const archive = await collect(tarStream([]))
    assert.deepEqual(archive, new Uint8Array(1024))
    assert.equal((await untarGzip(tarGzipStream([]))).size, 0)
  })

  it('splits a long path at a slash', async () => {
    const path = `${'a'.repeat(90)}/${'b'.repeat(60)}/${'c'.repeat(95)}`
    assert.deepEqual([...untar(await collect(tarStream([entry(path, 'x')]))).keys()], [path])
  })

  it('refuses a path that no header holds', async () => {
    await assert.rejects(collect(tarStream([entry('x'.repeat(101), '')])), /too long/)
  })

  it('fails when a content is shorter or longer than announced', async () => {
    const short = { ...entry('a', 'abc'), size: 4 }
    const long = { ...entry('a', 'abc'), size: 2 }
    await assert.rejects(collect(tarStream([short])), /announced with 4 bytes and has 3/)
    await assert.rejects(collect(tarStream([long])), /announced with 2 bytes and has more/)
  })

  it('asks for no more entries once its reader has gone', async () => {
    let made = 0
    let closed = false
    async function* endless(): AsyncGenerator<TarEntry> {
      try {
        for (;;) yield entry(`${made++}.txt`, 'x'.repeat(600))
      } finally {
        closed = true
      }
    }
    const reader = tarStream(endless()).getReader()
    await reader.read()
    await reader.cancel()
    assert.ok(closed)
    assert.ok(made < 5)
  })
})
