/**
 * How V8 collects what flows leave behind.
 * @module
 */
import { setFlagsFromString } from 'node:v8'

/**
 * Frames are large and outside of V8's heap, which is small: it would be marked anew for every 20 MB of them. With this
 * they count as the heap does, so the next collection comes when what is held has grown by a part of itself.
 *
 * Node warns of flags that are set while V8 runs, as some are read once, when a heap or code is made. This one is not: in
 * V8's `src/heap/heap.cc` it is read anew wherever a limit is compared or computed (`HandleExternalMemoryInterrupt`,
 * `GlobalSizeOfObjects`, `GlobalConsumedBytesAtLastGC`), and what it adds, `external_memory_`, is counted with and
 * without it. So the only effect of the change is on the next decision whether to
 * collect. Newer versions of V8 have it always on and no such flag; an unknown flag is ignored. On the command line it
 * cannot be: a Node whose V8 does not know it would not start.
 */
export function collectLessOften(): void {
  setFlagsFromString('--external-memory-accounted-in-global-limit')
}
