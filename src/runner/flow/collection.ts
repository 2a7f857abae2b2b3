/**
 * How V8 collects what flows leave behind.
 * @module
 */
import { setFlagsFromString } from 'node:v8'

/**
 * Frames are large and outside of V8's heap, which is small: it would be marked anew for every 20 MB of them. With this
 * they count as the heap does, so the next collection comes when what is held has grown by a part of itself.
 */
export function collectLessOften(): void {
  setFlagsFromString('--external-memory-accounted-in-global-limit')
}
