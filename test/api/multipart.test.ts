import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import fc from 'fast-check'

import { readMultipart, readText } from '../../src/api/multipart.ts'
import { DomainError } from '../../src/domain/error.ts'

const encoder = new TextEncoder()
const TYPE = 'multipart/form-data; boundary=XX'

/** A body that arrives in pieces of `size` bytes. */
function inPieces(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) controller.close()
      else controller.enqueue(bytes.slice(at, (at += size)))
    },
  })
}

async function read(
  body: ReadableStream<Uint8Array>,
  type = TYPE,
): Promise<{ name: string; filename: string | undefined; text: string }[]> {
  const parts = []
  for await (const part of readMultipart(body, type)) {
    parts.push({
      name: part.name,
      filename: part.filename,
      text: await readText(part, 1_000_000),
    })
  }
  return parts
}

describe('readMultipart', () => {
  it('reads what the platform writes, whatever the pieces it arrives in', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: fc.constantFrom('a', '\r', '\n', '-', 'ü') }), { maxLength: 5 }),
        fc.integer({ min: 1, max: 200 }),
        async (texts, size) => {
          const form = new FormData()
          texts.forEach((text, index) => {
            form.append(`f${index}`, new File([text], `n"${index}.csv`))
          })
          const request = new Request('http://weft.test', { method: 'POST', body: form })
          const type = request.headers.get('content-type') ?? ''
          const bytes = new Uint8Array(await request.arrayBuffer())
          assert.deepEqual(
            await read(inPieces(bytes, size), type),
            texts.map((text, index) => ({
              name: `f${index}`,
              filename: `n"${index}.csv`,
              text,
            })),
          )
        },
      ),
      { numRuns: 60 },
    )
  })

  it('skips a body that its reader leaves alone', async () => {
    const bytes = encoder.encode(
      '--XX\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nleft alone\r\n' +
        '--XX\r\ncontent-disposition: form-data; name=b\r\n\r\nread\r\n--XX--',
    )
    const seen: string[] = []
    for await (const part of readMultipart(inPieces(bytes, 7), TYPE)) {
      seen.push(part.name === 'b' ? await readText(part, 100) : part.name)
    }
    assert.deepEqual(seen, ['a', 'read'])
  })

  it('stops taking the body when its reader gives up', async () => {
    let cancelled = false
    const endless = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(
          encoder.encode('--XX\r\nContent-Disposition: form-data; name="a"\r\n\r\n'),
        )
      },
      pull(controller) {
        controller.enqueue(new Uint8Array(1024))
      },
      cancel() {
        cancelled = true
      },
    })
    await assert.rejects(async () => {
      for await (const part of readMultipart(endless, TYPE)) await readText(part, 10_000)
    }, /Part "a" is longer than 10000 bytes/)
    assert.ok(cancelled)
  })

  const cases: [name: string, body: string, type: string, message: RegExp][] = [
    ['a content type without a boundary', '', 'multipart/form-data', /has no boundary/],
    ['an empty body', '', TYPE, /ends before its closing boundary/],
    [
      'a body cut short',
      '--XX\r\nContent-Disposition: form-data; name="a"\r\n\r\nhalf',
      TYPE,
      /ends before its closing boundary/,
    ],
    ['a part without a name', '--XX\r\nX-A: b\r\n\r\nx\r\n--XX--\r\n', TYPE, /has no name/],
    ['endless headers', `--XX\r\n${'a'.repeat(40_000)}`, TYPE, /long headers/],
    ['many headers', `--XX\r\n${'A: b\r\n'.repeat(10_000)}`, TYPE, /long headers/],
  ]
  for (const [name, body, type, message] of cases) {
    it(`refuses ${name}`, async () => {
      await assert.rejects(read(inPieces(encoder.encode(body), 1000), type), (error: unknown) => {
        assert.ok(error instanceof DomainError)
        assert.equal(error.kind, 'invalid')
        assert.match(error.message, message)
        return true
      })
    })
  }
})
