/**
 * Small units: buff_meta_mapping and data_source_generator, and what every unit says of itself.
 * @module
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { flowBuffer } from '../../../src/flow/stream/buffer.ts'
import { buffMetaMapping } from '../../../src/runner/unit/buff-meta-mapping.ts'
import { dataSourceGenerator } from '../../../src/runner/unit/data-source-generator.ts'
import { offerUnits } from '../../../src/runner/unit/offer.ts'
import { UNITS } from '../../../src/runner/unit/registry.ts'
import { ROOT } from '../../helpers/place.ts'
import { openUnit } from '../../helpers/unit.ts'
import { runToEnd } from '../flow/mock.ts'

describe('buff_meta_mapping', () => {
  it('copies a meta and replaces its value, keeping its type', async () => {
    const settings = { src_meta: 'angle', dest_meta: 'rotate', rules: '90=270,off=false' }
    const unit = await openUnit(buffMetaMapping, settings)
    const inputs = {
      in_data: [90, 45, 'off', undefined].map((angle) =>
        flowBuffer('x', angle === undefined ? {} : { angle }),
      ),
    }
    const { outputs } = await unit.call({ inputs })
    assert.deepEqual(
      outputs.out_data.map(({ meta }) => meta),
      [
        { angle: 90, rotate: 270 },
        { angle: 45, rotate: 45 },
        { angle: 'off', rotate: 'false' },
        {},
      ],
    )
    await assert.rejects(
      openUnit(buffMetaMapping, { ...settings, rules: 'x' }),
      /write value=other/,
    )
  })
})

describe('data_source_generator', () => {
  it('emits its settings once, and the flow ends by itself', async () => {
    const { outputs, end } = await runToEnd(
      'digraph { g [flowunit=data_source_generator, source_type=url, url="a,b", url_type=file] output [type=output] g:out_data -> output }',
      [dataSourceGenerator],
    )
    assert.deepEqual(
      outputs.map((text) => JSON.parse(String(text))),
      [{ source_type: 'url', url: 'a,b', url_type: 'file' }],
    )
    assert.deepEqual(end, { sessions: 1, failed: 0 })
  })
})

describe('the registry of units', () => {
  it('has every unit there is, each once, described in full', () => {
    const keys = UNITS.map(({ descriptor: { name, device } }) => `${name}@${device}`)
    assert.equal(new Set(keys).size, keys.length)
    for (const { descriptor } of UNITS) {
      assert.ok(descriptor.description.length > 5, descriptor.name)
      assert.match(descriptor.group, /^[A-Z]/)
      const names = [...descriptor.inputs, ...descriptor.outputs].map(({ name }) => name)
      assert.equal(new Set(names).size, names.length, descriptor.name)
    }
    const registry = readFileSync(join(ROOT, 'src/runner/unit/registry.ts'), 'utf8')
    for (const file of readdirSync(join(ROOT, 'src/runner/unit'))) {
      const text = readFileSync(join(ROOT, 'src/runner/unit', file), 'utf8')
      const exported = /export const (\w+): FlowUnit\b/.exec(text)?.[1]
      if (exported !== undefined)
        assert.ok(registry.includes(`  ${exported},`), `${file} is unlisted`)
    }
  })

  it('offers what the host can run and says what it cannot', async () => {
    const lame = { ...buffMetaMapping, missing: () => 'there is no such thing here' }
    const { offered, missing } = await offerUnits([dataSourceGenerator, lame])
    assert.deepEqual(
      offered.map(({ name }) => name),
      ['data_source_generator'],
    )
    assert.match(missing[0], /buff_meta_mapping \(cpu\) is not there: there is no such thing/)
    // It crosses to the server as JSON.
    assert.deepEqual(JSON.parse(JSON.stringify(offered)), offered)
  })
})
