import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { heteroSecureBoost } from '../../../src/component/tree/hetero-secure-boost.ts'
import { packBits, unpackBits } from '../../../src/component/tree/sbt-messages.ts'
import { rows as rowsCodec } from '../../../src/federation/codec.ts'
import type { WireMessage } from '../../helpers/parties.ts'
import { treeData } from '../../helpers/tree-data.ts'
import { tablesOf, trainApart } from './scene.ts'

const WIDTHS = [2, 3]
const data = treeData({ rows: 70, columns: 5, classes: 2 })

function contains(bytes: Uint8Array, part: Uint8Array): boolean {
  for (let at = 0; at + part.length <= bytes.length; at++) {
    if (part.every((byte, i) => bytes[at + i] === byte)) return true
  }
  return false
}

/** A number as it would cross: eight bytes either way round, and its text. */
function forms(value: number): Uint8Array[] {
  const forth = new Uint8Array(Float64Array.of(value).buffer)
  return [forth, forth.toReversed(), new TextEncoder().encode(String(value))]
}

describe('what HeteroSecureBoost sends', () => {
  it('holds no value, label, id, name or threshold', async () => {
    const tables = tablesOf(data, WIDTHS)
    const others = tablesOf(data, WIDTHS, { slot: 'eval_data', rows: [3, 5, 8, 9] })
    Object.assign(tables['guest:1'], others['guest:1'])
    Object.assign(tables['host:2'], others['host:2'])
    const { wire } = await trainApart({}, data, WIDTHS, { tables })
    // Columns of many digits; those of few values would be found by chance.
    const secrets = [0, 1, 3, 4].flatMap((col) => Array.from(data.columns[col].slice(0, 12)))
    for (const secret of secrets) {
      for (const form of forms(secret)) {
        for (const { bytes, tag } of wire) {
          assert.ok(!contains(bytes, form), `${secret} crossed in ${tag}`)
        }
      }
    }
    const textOf = (messages: typeof wire) =>
      messages.map(({ bytes }) => new TextDecoder().decode(bytes)).join('\n')
    assert.doesNotMatch(textOf(wire), /r0000\d\d|guest_x|host1_x|threshold|weight/)
    // Three bytes are found in ciphertexts by chance.
    const readable = wire.filter(({ tag }) => tag !== 'gradients' && tag !== 'candidates')
    assert.doesNotMatch(textOf(readable), /"y"/)
  })

  it('is declared with what it reveals', async () => {
    const { ledger } = await trainApart({ run_goss: true }, data, WIDTHS)
    const tags = new Set(ledger.map(({ tag }) => tag))
    for (const tag of ['gradients', 'sample', 'positions', 'candidates', 'directions', 'order']) {
      assert.ok(tags.has(tag), tag)
    }
    for (const { reveals, kind, sender } of ledger) {
      assert.match(reveals, /\.$/)
      if (kind === 'ciphertext') assert.equal(sender, 'guest:1')
    }
    assert.equal(heteroSecureBoost.messages.candidates.kind, 'aggregate')
  })

  it('encrypts the same gradients differently each time, and shuffles anew', async () => {
    const [one, two] = [await trainApart({}, data, WIDTHS), await trainApart({}, data, WIDTHS)]
    const first = (wire: readonly WireMessage[], tag: string) => {
      const found = wire.find((message) => message.tag === tag)
      assert.ok(found)
      return found.bytes
    }
    const { width, data: sent } = rowsCodec.decode(first(one.wire, 'gradients'))
    const rows = Array.from({ length: 70 }, (_, row) =>
      sent.subarray(row * width, (row + 1) * width).join(),
    )
    // In the first tree there are two gradients only, one for each label.
    assert.equal(new Set(rows).size, 70)
    assert.notDeepEqual(first(two.wire, 'gradients'), first(one.wire, 'gradients'))
    const choices = ({ wire }: typeof one) =>
      wire
        .filter(({ tag }) => tag === 'order')
        .map(({ bytes }) => new TextDecoder().decode(bytes))
        .filter((text) => text.includes('divide'))
    assert.notDeepEqual(choices(two), choices(one))
    assert.deepEqual(two.parties['guest:1'].models, one.parties['guest:1'].models)
  })

  it('is refused by its receiver when it is malformed', async () => {
    const broken = (tag: string, change: (bytes: Uint8Array) => Uint8Array) =>
      trainApart({}, data, WIDTHS, {
        tamper: (message) => (message.tag === tag ? change(message.bytes) : message.bytes),
      })
    const cut = (bytes: Uint8Array) => bytes.slice(0, -1)
    await assert.rejects(broken('gradients', cut), /not whole rows/)
    await assert.rejects(broken('positions', cut), /not whole 4s/)
    await assert.rejects(broken('candidates', cut), /claims|whole rows|bytes/)
    await assert.rejects(broken('directions', cut), /claims|bytes/)
    const zeroed = (bytes: Uint8Array) => bytes.map((byte, at) => (at > 20 ? 0 : byte))
    await assert.rejects(broken('gradients', zeroed), /common factor/)
    const other = (bytes: Uint8Array) =>
      bytes.map((byte, at) => (at === bytes.length - 5 ? byte ^ 1 : byte))
    await assert.rejects(broken('candidates', other), /openPairs|decrypt/i)
  })
})

describe('bits', () => {
  it('come back as they went', () => {
    for (const count of [0, 1, 7, 8, 9, 100]) {
      const flags = Uint8Array.from({ length: count }, (_, at) => ((at * 7) % 3 === 0 ? 1 : 0))
      assert.deepEqual(unpackBits(packBits(flags), count), flags)
    }
    assert.throws(() => unpackBits(new Uint8Array(2), 8), /2 bytes do not hold 8 bits/)
  })
})
