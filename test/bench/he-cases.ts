/**
 * The operations of additive encryption, timed for one scheme: on one thread, then on all cores.
 * @module
 */
import { availableParallelism } from 'node:os'

import {
  type AdditiveScheme,
  type AdditiveSecret,
  openPublic,
  openSecret,
} from '../../src/compute/crypto/additive.ts'
import { generateOuKey } from '../../src/compute/crypto/okamoto-uchiyama-key.ts'
import { generateKey } from '../../src/compute/crypto/paillier-key.ts'
import { randomBits } from '../../src/compute/crypto/random.ts'
import { kernelName } from '../../src/compute/kernel/load.ts'
import { inline, type Parallel } from '../../src/compute/parallel.ts'
import { createPool } from '../../src/runner/pool.ts'

/** A figure of a benchmark. */
export interface Figure {
  readonly params: Record<string, string | number>
  readonly value: number
  readonly unit: string
}

/** Bits of the messages: gradient and Hessian packed for sums over 2^24 rows. */
export const MESSAGE_BITS = 111
/** Bits of the plain factors. */
export const SCALAR_BITS = 24

/** How a scheme is opened over `parallel`. */
export interface Opened {
  readonly open: AdditiveScheme
  readonly secret: AdditiveSecret
}

/** A fresh key of either scheme. */
export function openFresh(
  name: 'paillier' | 'okamoto-uchiyama',
  options: { bits: number; subgroupBits?: number },
): (parallel: Parallel) => Opened {
  const key = name === 'paillier' ? generateKey(options) : generateOuKey(options)
  return (parallel) => ({
    open: openPublic(key.publicKey, { parallel }),
    secret: openSecret(key, { parallel }),
  })
}

/** Runs `work` with this thread alone, then with a pool over all cores. */
export async function* overCores(
  work: (parallel: Parallel) => AsyncIterable<Figure>,
): AsyncIterable<Figure> {
  yield* work(inline)
  const cores = availableParallelism()
  const pool = createPool({ cores })
  try {
    yield* work(pool.client())
  } finally {
    await pool.close()
  }
}

/** Operations a second of one scheme, best of three. `share` scales the number of operations. */
export async function* timeScheme(
  { open, secret }: Opened,
  { parallel, share = 1 }: { parallel: Parallel; share?: number },
): AsyncIterable<Figure> {
  const count = (full: number) => Math.ceil((full * share * parallel.cores) / 8) * 8
  const figure = async (op: string, size: number, work: () => Promise<unknown>) => ({
    params: {
      op,
      bits: open.bits,
      kernel: kernelName(),
      threads: parallel.cores,
    },
    value: size / (await best(work)),
    unit: '1/s',
  })
  const bound = 1n << BigInt(MESSAGE_BITS)
  const messages = Array.from({ length: count(8192) }, () => randomBits(MESSAGE_BITS))
  const few = messages.slice(0, count(512))
  yield await figure('encrypt with the public key', few.length, () => open.encrypt(few, bound))
  yield await figure('encrypt with the secret key', few.length, () => secret.encrypt(few, bound))
  const batch = await secret.encrypt(messages, bound)
  yield await figure('add', messages.length, () => open.add(batch, batch))
  const some = { ...batch, length: few.length, data: batch.data.slice(0, few.length * open.width) }
  const scalar = randomBits(SCALAR_BITS) | (1n << BigInt(SCALAR_BITS - 1))
  yield await figure(`multiply by ${SCALAR_BITS} bits`, few.length, () => open.scale(some, scalar))
  const compressed = await open.compress(some)
  yield await figure('compress', few.length, () => open.compress(some))
  const little = count(128)
  const part = { ...some, length: little, data: some.data.slice(0, little * open.width) }
  yield await figure('decrypt', little, () => secret.decrypt(part))
  yield await figure('decompress', few.length, () => secret.decompress(compressed))
}

/** The least seconds of three runs, after one that builds tables. */
export async function best(work: () => unknown): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < 4; i++) {
    const start = performance.now()
    await work()
    if (i > 0) least = Math.min(least, (performance.now() - start) / 1000)
  }
  return least
}
