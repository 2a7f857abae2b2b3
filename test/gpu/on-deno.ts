/**
 * Runs a suite on Deno, whose WebGPU needs no package. The count of its tests is what counts: with the software driver
 * the process was seen to end by a signal after the last of them, as gfx-rs/wgpu#1439 tells of others.
 * @module
 */
import { spawn } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'

const [suite] = process.argv.slice(2)
if (suite === undefined) throw new Error('Name the suite to run: on-deno.ts test/gpu/all.ts')

const deno = spawn('deno', ['test', '-A', suite], { stdio: ['inherit', 'pipe', 'inherit'] })
let said = ''
deno.stdout.on('data', (chunk: Buffer) => {
  process.stdout.write(chunk)
  said += String(chunk)
})
deno.on('error', (error) => {
  throw new Error('The suite needs deno, which npm ci installs', { cause: error })
})
deno.on('close', (code, signal) => {
  const passed = /^ok \| [1-9]\d* passed .*\b0 failed\b/m.test(stripVTControlCharacters(said))
  if (passed && signal) console.log(`Deno was ended by ${signal} after all had passed`)
  process.exitCode = passed && signal ? 0 : (code ?? 1)
})
