/**
 * The entry of a task's thread.
 * @module
 */
import { parentPort } from 'node:worker_threads'

import { COMPONENTS } from '../component/registry.ts'
import { serveTasks } from './serve.ts'

if (parentPort) serveTasks(parentPort, COMPONENTS)
