/**
 * WebAssembly units, compiled from AssemblyScript.
 * @module
 */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import asc from 'assemblyscript/asc'

import { flowBuffer } from '../../../src/flow/stream/buffer.ts'
import type { FlowUnit } from '../../../src/flow/stream/unit.ts'
import { unitFile } from '../../../src/runner/driver/unit-file.ts'
import { wasmUnit } from '../../../src/runner/driver/wasm.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { openUnit } from '../../helpers/unit.ts'

const IMPORTS = [
  'input_count(port: i32): i32',
  'input_size(port: i32, index: i32): i32',
  'input_read(port: i32, index: i32, at: usize): void',
  'meta_get(port: i32, index: i32, key: usize, keyLength: i32, at: usize, most: i32): i32',
  'output_push(port: i32, at: usize, length: i32): i32',
  'meta_set(port: i32, index: i32, key: usize, keyLength: i32, at: usize, length: i32): void',
  'meta_copy(toPort: i32, toIndex: i32, port: i32, index: i32): void',
  'set_error(at: usize, length: i32): void',
  'config_get(key: usize, keyLength: i32, at: usize, most: i32): i32',
  'log(level: i32, at: usize, length: i32): void',
]
  .map((text) => `@external("weft", "${text.split('(')[0]}") declare function ${text}`)
  .join('\n')

/** Adds a setting to every byte, and counts the buffers of the stream in a global. */
const SHIFT = `${IMPORTS}
const KEY = memory.data<u8>([115, 104, 105, 102, 116]) // shift
const COUNT = memory.data<u8>([99]) // c
const WRONG = memory.data<u8>([119, 114, 111, 110, 103]) // wrong
const SPACE = memory.data(1024)
let seen: i32 = 0
let by: i32 = 0
export function open(): i32 {
  const length = config_get(KEY, 5, SPACE, 8)
  for (let index = 0; index < length; index++) by = by * 10 + load<u8>(SPACE + index) - 48
  log(1, KEY, 5)
  return 0
}
export function process(): i32 {
  for (let index = 0; index < input_count(0); index++) {
    const size = input_size(0, index)
    if (size == 0) { set_error(WRONG, 5); return 3 }
    if (size > 1024) { input_read(0, index, 0x7fffffff); return 0 }
    input_read(0, index, SPACE)
    for (let at = 0; at < size; at++) store<u8>(SPACE + at, load<u8>(SPACE + at) + <u8>by)
    const made = output_push(0, SPACE, size)
    meta_copy(0, made, 0, index)
    seen++
    store<u8>(SPACE, 48 + <u8>seen)
    meta_set(0, made, COUNT, 1, SPACE, 1)
  }
  return 0
}`

async function unit(source: string, base = ''): Promise<FlowUnit> {
  const folder = await temporaryFolder()
  const { error, binary } = await asc.compileString(source, {
    runtime: 'stub',
    optimizeLevel: 1,
    use: ['abort='],
  } as object)
  if (error || !binary) throw error ?? new Error('AssemblyScript gave no module')
  await writeFile(join(folder, 'shift.wasm'), binary)
  const toml = `[base]\nname="shift"\ntype="wasm"\nentry="shift.wasm"\n${base}\n[config]\nshift=3\n[input.input1]\nname="in"\n[output.output1]\nname="out"`
  return wasmUnit(unitFile(toml, join(folder, 'shift.toml')))
}

describe('a WebAssembly unit', () => {
  it('reads and writes buffers, metas and settings', async () => {
    const opened = await openUnit(await unit(SHIFT))
    const { outputs } = await opened.call({
      inputs: { in: [flowBuffer(Uint8Array.of(1, 2), { uri: '/a' }), flowBuffer('AB')] },
    })
    assert.deepEqual(outputs.out, [
      { data: Uint8Array.of(4, 5), meta: { uri: '/a', c: 1 } },
      { data: Uint8Array.of(68, 69), meta: { c: 2 } },
    ])
    const { outputs: more } = await opened.call({ inputs: { in: [flowBuffer('A')] } })
    assert.equal(more.out[0].meta['c'], 3, 'a stream has a memory')
    assert.ok(opened.logs.includes('info: shift'))
    await opened.close()
  })

  it('a failure says what the module says; memory that is not its own cannot be named', async () => {
    const opened = await openUnit(await unit(SHIFT), { shift: '1' })
    const give = (data: Uint8Array) => opened.call({ inputs: { in: [flowBuffer(data)] } })
    await assert.rejects(give(new Uint8Array(0)), /^UnitError: wrong$/)
    await assert.rejects(give(new Uint8Array(2000)), /memory that it does not have/)
    assert.deepEqual((await give(Uint8Array.of(1))).outputs.out[0].data, Uint8Array.of(2))
    await opened.close()
  })

  it('says what is wrong with the module', async () => {
    await assert.rejects(
      openUnit(await unit('export function other(): i32 { return 0 }')),
      /no "process"/,
    )
    await assert.rejects(
      openUnit(
        await unit(
          '@external("env", "x") declare function x(): void\nexport function process(): i32 { x(); return 0 }',
        ),
      ),
      /env|import/i,
    )
  })
})
