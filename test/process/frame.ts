/**
 * Reads what a task of a runner left in its data directory.
 * @module
 */
import assert from 'node:assert/strict'

import type { Frame } from '../../src/compute/ml/frame.ts'
import { loadFrame } from '../../src/runner/data/frame-store.ts'
import { type OutputKey, outputLocation } from '../../src/runner/data/path.ts'

/** The table that a node left at one role of one party. */
export async function readFrame(dataDir: string, key: OutputKey): Promise<Frame> {
  const frame = await loadFrame(dataDir, outputLocation(key, 'table'))
  assert.ok(frame, `${key.node} left no table at ${key.role} ${key.party}`)
  return frame
}
