/**
 * The entry of the thread of one flow unit.
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads'

import { serveUnit } from './driver/thread-guest.ts'
import type { UnitThreadData } from './driver/thread.ts'
import { UNITS } from './unit/registry.ts'

if (parentPort) serveUnit(parentPort, UNITS, workerData as UnitThreadData)
