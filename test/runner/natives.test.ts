/**
 * @module
 */
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { findNative, loadNative } from '../../src/runner/natives.ts'
import { temporaryFolder } from '../helpers/folder.ts'

async function putPackage(path: string, files: Record<string, string>): Promise<void> {
  await mkdir(path, { recursive: true })
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text)
}

function manifest(more: object = {}): string {
  return JSON.stringify({ name: 'sharp', version: '1.2.3', main: 'main.js', ...more })
}

describe('optional native packages', () => {
  it('are found and loaded as npm installs them, or as a folder of their name', async () => {
    const [installed, bare] = [await temporaryFolder(), await temporaryFolder()]
    const files = { 'package.json': manifest(), 'main.js': 'module.exports = { works: 42 }' }
    await putPackage(join(installed, 'node_modules/sharp'), files)
    await putPackage(join(bare, 'sharp'), files)
    for (const [folder, path] of [
      [installed, join(installed, 'node_modules/sharp')],
      [bare, join(bare, 'sharp')],
    ]) {
      const empty = await temporaryFolder()
      assert.deepEqual(findNative('sharp', [empty, folder]), {
        name: 'sharp',
        version: '1.2.3',
        path,
      })
      assert.deepEqual(loadNative('sharp', [empty, folder]), { works: 42 })
    }
  })

  it('the first folder that has it wins, and what a package exports is honoured', async () => {
    const folder = await temporaryFolder()
    const exported = { 'package.json': manifest({ exports: { '.': './real.js' } }), 'main.js': '' }
    const code = { ...exported, 'real.js': 'module.exports = "real"' }
    await putPackage(join(folder, 'node_modules/sharp'), code)
    await putPackage(join(folder, 'sharp'), { 'package.json': manifest({ version: '0' }) })
    assert.equal(findNative('sharp', [folder])?.version, '1.2.3')
    assert.equal(loadNative('sharp', [folder]), 'real')
  })

  it('one that is missing, or something else, is named with what to do', async () => {
    const folder = await temporaryFolder()
    await putPackage(join(folder, 'sharp'), { 'package.json': '{"name":"blunt","version":"1"}' })
    await putPackage(join(folder, 'webgpu'), { 'package.json': '{' })
    for (const name of ['sharp', 'webgpu', 'onnxruntime-node'] as const) {
      assert.equal(findNative(name, [folder]), undefined)
      assert.throws(
        () => loadNative(name, [folder]),
        (error: Error) =>
          error.message.includes(`needs the package "${name}"`) &&
          error.message.includes(`npm install --prefix ${folder} ${name}`) &&
          error.message.includes('--natives DIR or WEFT_NATIVES'),
      )
    }
  })

  it('one that is broken says where it lies and why', async () => {
    const folder = await temporaryFolder()
    await putPackage(join(folder, 'sharp'), {
      'package.json': manifest(),
      'main.js': 'throw new Error("wrong ELF class")',
    })
    assert.throws(() => loadNative('sharp', [folder]), /"sharp" 1\.2\.3 in .*\(wrong ELF class\)/)
  })
})
