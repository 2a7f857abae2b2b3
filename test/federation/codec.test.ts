import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import fc from 'fast-check'

import {
  blob,
  floats,
  int32s,
  json,
  parts,
  rows,
  texts,
  uint32s,
  type ByteRows,
  type Codec,
} from '../../src/federation/codec.ts'

const record = parts({ weights: floats, header: texts, cipher: rows, info: json })

const byteRows: fc.Arbitrary<ByteRows> = fc
  .tuple(fc.integer({ min: 1, max: 300 }), fc.nat({ max: 20 }))
  .chain(([width, count]) =>
    fc.record(
      {
        width: fc.constant(width),
        data: fc.uint8Array({ minLength: width * count, maxLength: width * count }),
      },
      { noNullPrototype: true },
    ),
  )
const text = fc.string({ unit: 'binary' })
/** JSON without the minus sign of zero, which JSON drops. */
const jsonValue = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown)

const CASES: Record<string, { codec: Codec<unknown>; values: fc.Arbitrary<unknown> }> = {
  json: { codec: json, values: jsonValue },
  floats: untyped(floats, fc.float64Array()),
  int32s: untyped(int32s, fc.int32Array()),
  uint32s: untyped(uint32s, fc.uint32Array()),
  blob: untyped(blob, fc.uint8Array()),
  rows: untyped(rows, byteRows),
  texts: untyped(texts, fc.array(text)),
  parts: untyped(
    record,
    fc.record(
      {
        weights: fc.float64Array(),
        header: fc.array(text),
        cipher: byteRows,
        info: jsonValue,
      },
      { noNullPrototype: true },
    ),
  ),
}

function untyped<T>(codec: Codec<T>, values: fc.Arbitrary<T>) {
  return { codec: codec as unknown as Codec<unknown>, values: values as fc.Arbitrary<unknown> }
}

/** Decoding gives a value whose encoding is these very bytes, or a RangeError; nothing else. */
function decodesOrRefuses(codec: Codec<unknown>, bytes: Uint8Array): boolean {
  let value
  try {
    value = codec.decode(bytes)
  } catch (error) {
    assert.equal((error as Error).name, 'RangeError')
    assert.match((error as Error).message, /message|whole|wide/)
    return false
  }
  codec.encode(value)
  return true
}

for (const [name, { codec, values }] of Object.entries(CASES)) {
  describe(`codec ${name}`, () => {
    it('decodes what it encoded', () => {
      fc.assert(
        fc.property(values, (value) => {
          // Through another buffer at an odd offset: decoders must not rely on alignment.
          const encoded = codec.encode(value)
          const moved = new Uint8Array(encoded.length + 1)
          moved.set(encoded, 1)
          assert.deepEqual(codec.decode(moved.subarray(1)), value)
        }),
      )
    })

    it('gives equal values equal bytes', () => {
      fc.assert(
        fc.property(values, (value) => {
          const once = codec.encode(value)
          assert.deepEqual(codec.encode(codec.decode(once)), once)
        }),
      )
    })

    it('never crashes on truncated messages', () => {
      fc.assert(
        fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (value, share) => {
          const bytes = codec.encode(value)
          decodesOrRefuses(codec, bytes.subarray(0, Math.floor(bytes.length * share)))
        }),
      )
    })

    it('never crashes on garbage, with or without its own first letter', () => {
      const letter = codec.encode(fc.sample(values, 1)[0])[0]
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 64 }), (garbage) => {
          decodesOrRefuses(codec, garbage)
          decodesOrRefuses(codec, Uint8Array.of(letter, ...garbage))
        }),
        { numRuns: 500 },
      )
    })

    it('never crashes on a changed byte', () => {
      fc.assert(
        fc.property(values, fc.nat(), fc.nat(255), (value, at, byte) => {
          const bytes = codec.encode(value)
          bytes[at % bytes.length] = byte
          decodesOrRefuses(codec, bytes)
        }),
      )
    })
  })
}

describe('codec', () => {
  it('says what it expected and what it got', () => {
    assert.throws(() => floats.decode(texts.encode(['a'])), {
      name: 'RangeError',
      message: 'The message holds texts, expected floats',
    })
    assert.throws(() => floats.decode(new Uint8Array()), {
      message: 'The message holds nothing, expected floats',
    })
  })

  it('refuses a JSON number that reads as infinity', () => {
    const bytes = json.encode([10])
    const forged = Uint8Array.of(bytes[0], ...new TextEncoder().encode('[1e999]'))
    assert.throws(() => json.decode(forged), {
      name: 'RangeError',
      message: /number that is too large/,
    })
  })

  it('keeps every bit of a number', () => {
    const values = Float64Array.of(-0, Number.NaN, Infinity, 5e-324, Number.MAX_VALUE, 0.1)
    const copy = floats.decode(floats.encode(values))
    assert.deepEqual(new Uint8Array(copy.buffer), new Uint8Array(values.buffer))
    assert.equal(Object.is(copy[0], -0), true)
  })

  it('is little-endian on the wire', () => {
    assert.deepEqual(
      [...uint32s.encode(Uint32Array.of(1, 0x01020304))].slice(1),
      [1, 0, 0, 0, 4, 3, 2, 1],
    )
  })

  it('keeps a byte-order mark and empty texts', () => {
    const values = ['\ufeffid', '', '\0', '😀']
    assert.deepEqual(texts.decode(texts.encode(values)), values)
  })

  it('carries 300,000 texts', () => {
    const values = Array.from({ length: 300_000 }, (_, row) => `id-${row}`)
    assert.deepEqual(texts.decode(texts.encode(values)), values)
  })

  it('refuses half a surrogate pair instead of changing it', () => {
    assert.throws(() => texts.encode(['ok', '\ud800']), /half a surrogate pair/)
  })

  it('JSON: the order of keys does not change the bytes', () => {
    const one = json.encode({ b: [{ y: 1, x: 2 }], a: 1 })
    const other = json.encode({ a: 1, b: [{ x: 2, y: 1 }] })
    assert.deepEqual(one, other)
  })

  it('JSON: refuses numbers that would turn into null', () => {
    for (const value of [Number.NaN, Infinity, { loss: -Infinity }, [Number.NaN]]) {
      assert.throws(() => json.encode(value), RangeError)
    }
    assert.throws(() => json.encode(undefined), RangeError)
  })

  it('parts: the order in which a component names them does not change the bytes', () => {
    const one = parts({ a: json, b: json }).encode({ a: 1, b: 2 })
    const other = parts({ b: json, a: json }).encode({ b: 2, a: 1 })
    assert.deepEqual(one, other)
  })

  it('parts: refuses a record of another shape and names the part', () => {
    const bytes = parts({ a: json, b: json }).encode({ a: 1, b: 2 })
    assert.throws(() => parts({ a: json, c: json }).decode(bytes), /no part "c", expected a, c/)
    assert.throws(() => parts({ a: json }).decode(bytes), /has 2 parts, expected a/)
    assert.throws(() => parts({ a: json, b: texts }).decode(bytes), /holds json, expected texts/)
  })

  it('rows: refuses a broken row and a width of zero', () => {
    assert.throws(() => rows.encode({ width: 3, data: new Uint8Array(4) }), RangeError)
    assert.throws(() => rows.encode({ width: 0, data: new Uint8Array(0) }), RangeError)
    const bytes = rows.encode({ width: 3, data: new Uint8Array(6) })
    assert.throws(() => rows.decode(bytes.subarray(0, -1)), /5 bytes are not whole rows of 3/)
  })

  it('a count of 2^50 texts in a short message is refused at once', () => {
    const bytes = Uint8Array.of(0x54, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01, 0)
    assert.throws(() => texts.decode(bytes), /claims 562949953421312 items, 1 bytes are left/)
  })

  it('a padded number is refused: one value has one encoding', () => {
    assert.throws(() => texts.decode(Uint8Array.of(0x54, 0x80, 0x00)), /padded number/)
  })
})
