/**
 * What a fresh secret scalar does to identifiers and to points of Curve25519.
 * @module
 */
import { concatBytes } from '../../compute/crypto/bytes.ts'
import type { TaskContext } from '../define.ts'
import { spread } from './spread.ts'

/** Bytes of a point. */
export const POINT = 32

/** One party's scalar: rows of 32 bytes in and out. */
export interface Side {
  hash(ids: readonly string[]): Promise<Uint8Array>
  multiply(points: Uint8Array): Promise<Uint8Array>
}

/** A side with a scalar of its own. */
export function drawSide(context: Pick<TaskContext, 'parallel' | 'signal' | 'random'>): Side {
  const { parallel, signal } = context
  const scalar = context.random(32)
  return {
    async hash(ids) {
      const results = await spread(parallel, 'curve25519.hashMultiply', {
        count: ids.length,
        signal,
        call: (from, until) => ({ ids: ids.slice(from, until), scalar }),
      })
      return concatBytes(results)
    },
    async multiply(points) {
      const results = await spread(parallel, 'curve25519.multiply', {
        count: points.length / POINT,
        signal,
        call: (from, until) => ({ points: points.slice(from * POINT, until * POINT), scalar }),
      })
      return concatBytes(results)
    },
  }
}
