/**
 * Frames as files under a data directory.
 * @module
 */
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'

import type { Frame } from '../../compute/ml/frame.ts'
import { readIfThere } from '../absent.ts'
import { decodeFrame, encodeFrames } from './arrow.ts'
import { writeAtomically } from './file.ts'

const WRITE_BYTES = 1 << 20

/** Stores a frame. */
export function saveFrame(dataDir: string, location: string, frame: Frame): Promise<void> {
  return saveFrames(dataDir, location, { head: frame, parts: [frame] })
}

/** Stores the rows of `parts` as one table with the columns of `head`, part by part. */
export function saveFrames(
  dataDir: string,
  location: string,
  table: { readonly head: Frame; readonly parts: Iterable<Frame> | AsyncIterable<Frame> },
): Promise<void> {
  return writeAtomically(join(dataDir, location), (file) =>
    writeChunks(file, encodeFrames(table.head, table.parts)),
  )
}

/** Reads a frame; undefined when there is none. */
export async function loadFrame(dataDir: string, location: string): Promise<Frame | undefined> {
  const bytes = await readIfThere(join(dataDir, location))
  return bytes && decodeFrame(bytes)
}

async function writeChunks(file: FileHandle, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  let waiting: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    waiting.push(chunk)
    bytes += chunk.byteLength
    if (bytes < WRITE_BYTES) continue
    await file.writev(waiting)
    waiting = []
    bytes = 0
  }
  if (waiting.length > 0) await file.writev(waiting)
}
