/**
 * base64_decoder against Node's own decoder.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { flowBuffer } from '../../../src/flow/stream/buffer.ts'
import { base64Decoder } from '../../../src/runner/unit/base64-decoder.ts'
import { openUnit } from '../../helpers/unit.ts'

describe('base64_decoder', () => {
  it('gives back the bytes, whatever they are, and keeps the metas', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
    const unit = await openUnit(base64Decoder)
    const text = Buffer.from(bytes).toString('base64')
    const { outputs } = await unit.call({ inputs: { in_data: [flowBuffer(text, { uri: '/a' })] } })
    assert.deepEqual(outputs.out_data[0].data, bytes)
    assert.deepEqual(outputs.out_data[0].meta, { uri: '/a', size: 256 })
  })

  it('finds the field of a JSON object', async () => {
    const unit = await openUnit(base64Decoder, { data_format: 'json', key: 'image' })
    const body = new TextEncoder().encode('{"image":"aGVsbG8="}')
    const { outputs } = await unit.call({ inputs: { in_data: [flowBuffer(body)] } })
    assert.equal(new TextDecoder().decode(outputs.out_data[0].data as Uint8Array), 'hello')
  })

  it('a bad input spoils only its own output', async () => {
    const unit = await openUnit(base64Decoder)
    const inputs = { in_data: ['aGk=', 'no base64!', 'aGk='].map((text) => flowBuffer(text)) }
    const { outputs } = await unit.call({ inputs })
    assert.deepEqual(
      outputs.out_data.map(({ error }) => error?.code),
      [undefined, 'Base64.Bad', undefined],
    )
  })

  it('says which setting is wrong', async () => {
    await assert.rejects(openUnit(base64Decoder, { data_format: 'xml' }), /raw or json/)
    await assert.rejects(openUnit(base64Decoder, { data_format: 'json' }), /"key" is not set/)
  })
})
