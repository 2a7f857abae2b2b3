import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createBigintRing } from '../../../src/compute/kernel/bigint-ring.ts'
import { createFmaRing } from '../../../src/compute/kernel/fma-ring.ts'
import {
  type Candidate,
  CANDIDATES,
  chooseKernel,
  createRing,
  kernelChoice,
  kernelName,
  offerKernel,
  ringOf,
  selfTest,
  withdrawKernel,
} from '../../../src/compute/kernel/load.ts'
import type { Ring } from '../../../src/compute/kernel/ring.ts'
import { compileSources, readSources } from './build-wasm.ts'

test('the choice has a name, and a reason when it is not the fastest', () => {
  const { name, reason } = kernelChoice()
  assert.equal(kernelName(), name)
  assert.equal(reason === null, name === 'wasm-fma' || name === 'ifma')
  assert.equal(createRing((1n << 255n) - 19n).kernel, name)
})

test(
  'this runtime has the fast kernel',
  { skip: !hasRelaxedSimd() && 'needs a runtime with WASM relaxed SIMD' },
  () => {
    assert.equal(kernelName(), 'wasm-fma')
  },
)

/** A candidate whose module is `compile`'s. */
const fma = (compile: () => WebAssembly.Module): Candidate => ({
  name: 'wasm-fma',
  prepare() {
    const module = compile()
    return (modulus) => createFmaRing(module, modulus)
  },
})
const missing = fma(() => {
  throw new WebAssembly.CompileError('no such instruction')
})

test('a runtime without relaxed SIMD computes with the wide products of plain SIMD and says why', () => {
  const choice = chooseKernel([missing, ...CANDIDATES.slice(1)])
  assert.equal(choice.name, 'wasm-extmul')
  assert.match(choice.reason ?? '', /wasm-fma is missing: .*no such instruction/)
  assert.equal(choice.createRing((1n << 255n) - 19n).kernel, 'wasm-extmul')
})

test('a runtime that cannot compile any kernel computes with bigint and says why', () => {
  const { name, reason, createRing: create } = chooseKernel([missing])
  assert.equal(name, 'bigint')
  assert.match(reason ?? '', /no such instruction/)
  assert.equal(create(101n).kernel, 'bigint')
})

test('an accelerator that calculates right is taken, a wrong one is not', (t) => {
  t.after(withdrawKernel)
  const before = kernelChoice()
  const right = offerKernel({ name: 'ifma', prepare: () => createBigintRing })
  assert.equal(kernelName(), 'ifma')
  assert.equal(right.reason, null)
  const wrong = offerKernel({
    name: 'ifma',
    prepare: () => (modulus) => ({ ...createBigintRing(modulus), multiply: (a) => a }),
  })
  assert.equal(wrong.name, before.name)
  assert.match(wrong.reason ?? '', /ifma gave a wrong product/)
})

const skip =
  ('Deno' in globalThis || !hasRelaxedSimd()) &&
  'needs Node, where the kernel compiler runs, and WASM relaxed SIMD'

test('a multiply-add that rounds twice is noticed and not used', { skip }, async () => {
  const sources = readSources()
  const lane = sources.get('lane.ts') ?? ''
  const unfused = lane
    .replace('f64x2.relaxed_madd(x, y, c1)', 'f64x2.add(f64x2.mul(x, y), c1)')
    .replace(
      'f64x2.relaxed_madd(x, y, f64x2.sub(c2, h))',
      'f64x2.add(f64x2.mul(x, y), f64x2.sub(c2, h))',
    )
  assert.ok(!/= relaxed_madd|f64x2\.relaxed_madd/.test(unfused))
  const binary = await compileSources(new Map(sources).set('lane.ts', unfused))
  const unfusedFirst = [fma(() => new WebAssembly.Module(binary.slice())), ...CANDIDATES.slice(1)]
  const { name, reason } = chooseKernel(unfusedFirst)
  assert.equal(name, 'wasm-extmul')
  assert.match(reason ?? '', /wrong/)
})

test('a kernel that gets any one operation wrong fails the self-test by name', () => {
  const spoilt = (change: (ring: Ring) => Partial<Ring>) => (modulus: bigint) => {
    const ring = createBigintRing(modulus)
    return { ...ring, ...change(ring) }
  }
  const flip = (rows: Uint8Array) => rows.with(rows.length - 1, rows[rows.length - 1] ^ 1)
  assert.equal(selfTest(createBigintRing), null)
  assert.equal(
    selfTest(spoilt((ring) => ({ multiply: (a, b) => flip(ring.multiply(a, b)) }))),
    'product',
  )
  assert.equal(
    selfTest(
      spoilt((ring) => ({ power: (a, e) => (e > 2n ? flip(ring.power(a, e)) : ring.power(a, e)) })),
    ),
    'power',
  )
  assert.equal(
    selfTest(spoilt((ring) => ({ powerProducts: (...all) => flip(ring.powerProducts(...all)) }))),
    'product of powers',
  )
})

test('the ring of a modulus is kept, the oldest of more than eight is dropped', () => {
  const moduli = Array.from({ length: 9 }, (_, i) => (1n << 130n) + 2n * BigInt(i) + 1n)
  const first = ringOf(moduli[0])
  assert.equal(ringOf(moduli[0]), first)
  for (const modulus of moduli.slice(1)) ringOf(modulus)
  assert.notEqual(ringOf(moduli[0]), first)
})

/** Whether the smallest module with a relaxed multiply-add is valid here. */
function hasRelaxedSimd(): boolean {
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
  const type = [1, 6, 1, 0x60, 1, 0x7b, 1, 0x7b]
  const code = [0, 0x20, 0, 0x20, 0, 0x20, 0, 0xfd, 0x87, 0x02, 0x0b]
  const section = [10, code.length + 2, 1, code.length].concat(code)
  return WebAssembly.validate(Uint8Array.from(header.concat(type, [3, 2, 1, 0], section)))
}
