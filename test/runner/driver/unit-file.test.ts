/**
 * Descriptions of units in TOML.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { unitFile } from '../../../src/runner/driver/unit-file.ts'

const BASE = 'name = "u"\ntype = "python"\nentry = "u@U"'
const PORTS = '[input.input1]\nname = "a"\n[output.output1]\nname = "b"'

function read(base: string, rest = PORTS) {
  return unitFile(`[base]\n${base}\n${rest}`, '/units/u/u.toml')
}

describe('the description of a unit', () => {
  it('has the defaults of the original', () => {
    const { descriptor, folder, entry, type } = read(BASE)
    assert.deepEqual(
      [descriptor.device, descriptor.kind, descriptor.role, descriptor.group],
      ['cpu', 'stream', undefined, 'Generic'],
    )
    assert.deepEqual([folder, entry, type], ['/units/u', 'u@U', 'python'])
    assert.deepEqual(descriptor.inputs, [{ name: 'a' }])
  })

  it('knows every switch', () => {
    const normal = read(`${BASE}\nstream = false\nexception_visible = true\nmax_batch_size = 4`)
    assert.equal(normal.descriptor.kind, 'normal')
    assert.equal(normal.descriptor.exceptionVisible, true)
    assert.equal(normal.descriptor.maxBatch, 4)
    const collapse = read(`${BASE}\ncollapse = true\ncollapse_all = false`).descriptor
    assert.deepEqual(
      [collapse.role, collapse.kind, collapse.collapseAll],
      ['collapse', 'normal', false],
    )
    const condition = read(`${BASE}\ncondition = true`).descriptor
    assert.deepEqual(
      [condition.role, condition.kind, condition.maxBatch],
      ['condition', 'normal', 1],
    )
    assert.equal(read(`${BASE}\ngroup_type = "Image/Own"`).descriptor.group, 'Image/Own')
    assert.equal(read(`${BASE}\ngroup_type = "image"`).descriptor.group, 'Generic')
  })

  it('its settings are options with defaults', () => {
    const { options } = read(
      BASE,
      `${PORTS}\n[config]\nedge = 320\nmean = [1, 2.5]\non = true`,
    ).descriptor
    assert.deepEqual(
      options.map((option) => [option.name, option.type, option.default]),
      [
        ['edge', 'string', '320'],
        ['mean', 'list', '1,2.5'],
        ['on', 'string', 'true'],
        // Its code is in a process.
        ['call_time_out_ms', 'int', '60000'],
      ],
    )
  })

  it('says what is missing', () => {
    assert.throws(() => read('type = "python"\nentry = "u@U"'), /\[base\] has no name/)
    assert.throws(() => read('name = "u"\ntype = "python"'), /has no entry/)
    assert.throws(() => read(BASE, ''), /it has no port/)
    assert.throws(() => read(BASE, '[input.input1]\ntype = "float"'), /input1 has no name/)
    assert.throws(
      () => read(`${BASE}\nexpand = true\ncollapse = true`),
      /expand and collapse at once/,
    )
    assert.throws(() => read(`${BASE}\nmax_batch_size = 0`), /max_batch_size/)
    assert.throws(() => read(`${BASE}\nstream = "maybe"`), /stream is to be true or false/)
  })
})
