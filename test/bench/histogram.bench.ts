/**
 * Encrypted gradient histograms of one tree level: 30,000 packed ciphertexts × 10 features × 64 bins, three of the
 * features skewed; building it, subtracting a sibling, compressing it.
 * @module
 */
import {
  type BinnedRows,
  buildHistogram,
  planHistogram,
  siblingHistogram,
} from '../../src/compute/crypto/cipher-histogram.ts'
import { gradientPacking, packedBound, packGradients } from '../../src/compute/crypto/packing.ts'
import { kernelName } from '../../src/compute/kernel/load.ts'
import { best, openFresh, overCores } from './he-cases.ts'

export const bench = { name: 'histogram', run }

const [ROWS, FEATURES, BINS] = [30_000, 10, 64]

async function* run() {
  const binned: BinnedRows = { features: FEATURES, bins: BINS, data: randomBins() }
  const packing = gradientPacking({ rows: 2 ** 24, most: 1 })
  const wave = (step: number) => Float64Array.from({ length: ROWS }, (_, i) => Math.sin(i * step))
  const messages = packGradients(packing, wave(1), wave(7))
  for (const name of ['okamoto-uchiyama', 'paillier'] as const) {
    const opened = openFresh(name, { bits: 2048 })
    yield* overCores(async function* (parallel) {
      const { open, secret } = opened(parallel)
      const batch = await secret.encrypt(messages, packedBound(packing, 1))
      const packed = { batch, packing, terms: 1 }
      const params = { scheme: name, kernel: kernelName(), threads: parallel.cores }
      const seconds = async (op: string, work: () => unknown) => ({
        params: { op, ...params },
        value: await best(work),
        unit: 's',
      })
      yield await seconds('plan', () => planHistogram(binned))
      yield await seconds('build', () => buildHistogram(open, packed, { binned }))
      const parent = await buildHistogram(open, packed, { binned })
      const rows = parent.rows.filter((row) => row % 2 === 0)
      const child = await buildHistogram(open, packed, { binned, rows })
      yield await seconds('sibling', () => siblingHistogram(open, parent, child))
      yield await seconds('compress', () => open.compress(parent.sums.batch))
    })
  }
}

/** Bins from a fixed generator, so that every run does the same work. */
function randomBins(): Uint8Array {
  let state = 1
  const next = () => (state = (Math.imul(state, 48271) >>> 0) % 2147483647) / 2147483647
  return Uint8Array.from({ length: ROWS * FEATURES }, (_, i) =>
    Math.floor((i % FEATURES < 7 ? next() : next() ** 3) * BINS),
  )
}
