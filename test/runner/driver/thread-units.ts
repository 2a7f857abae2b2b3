/**
 * Units for the test of threads of their own, and the entry of such a thread.
 * @module
 */
import { parentPort, threadId, workerData } from 'node:worker_threads'

import { flowBuffer } from '../../../src/flow/stream/buffer.ts'
import { type FlowUnit, UnitError } from '../../../src/flow/stream/unit.ts'
import { serveUnit } from '../../../src/runner/driver/thread-guest.ts'
import type { UnitThreadData } from '../../../src/runner/driver/thread.ts'
import { mock } from '../flow/mock.ts'

/** Doubles numbers and says in which thread; some values make it fail or hang. */
const worker: FlowUnit = mock('worker', { defaultBatch: 2 }, () => ({
  async open(config, host) {
    // As a model that is never loaded.
    if (config.text('factor', '2') === 'never') for (;;);
    const path = await host.readable('a/file')
    host.log('info', `opened with ${config.text('factor', '2')} and ${path}`)
  },
  process(context) {
    const out = context.output('out')
    for (const buffer of context.input('in')) {
      const { data } = buffer
      if (data === 'fail') throw new UnitError('Worker.Bad', 'it is to fail')
      // Nothing but an end from outside stops this.
      if (data === 'hang') for (;;);
      if (data === 'end') process.exit(3)
      if (data instanceof Float32Array) out.push(flowBuffer(data.map((value) => value * 2)))
      else out.push(flowBuffer({ value: data, thread: threadId, held: heldOf(data) }))
    }
  },
}))

/** Bytes of the memory behind a part. */
function heldOf(data: unknown): number {
  return ArrayBuffer.isView(data) ? data.buffer.byteLength : 0
}

/** Sums a stream. */
const summer: FlowUnit = mock('summer', { kind: 'stream', thread: true }, () => ({
  streamOpen: ({ state }) => void state.set('sum', 0),
  process({ input, state }) {
    for (const { data } of input('in'))
      state.set('sum', (state.get('sum') as number) + (data as number))
  },
  streamClose: ({ state, output }) => output('out').push(flowBuffer(state.get('sum') as number)),
}))

export const THREAD_UNITS = [worker, summer]

if (parentPort && (workerData as UnitThreadData | null)?.unit !== undefined)
  serveUnit(parentPort, THREAD_UNITS, workerData as UnitThreadData)
