/**
 * The example job: two parties hold different columns of the Wisconsin breast-cancer table and train a logistic
 * regression together. The console's button, the demo and the tests all submit this one.
 * @module
 */
import { heteroLrJob } from './hetero-lr-job.ts'

export interface ExampleTable {
  readonly namespace: string
  readonly name: string
  readonly role: 'guest' | 'host'
  readonly party: string
  /** Under an import root. */
  readonly path: string
}

/** The two tables, each with the party that owns it. */
export const EXAMPLE_TABLES: readonly ExampleTable[] = [
  {
    namespace: 'example',
    name: 'breast_guest',
    role: 'guest',
    party: '9999',
    path: 'example/breast_guest.csv',
  },
  {
    namespace: 'example',
    name: 'breast_host',
    role: 'host',
    party: '10000',
    path: 'example/breast_host.csv',
  },
]

/** The party that keeps the key and has no data. */
export const EXAMPLE_ARBITER = '10001'

export interface ExampleOptions {
  /** The arbiter's party; one without data, as it keeps the key. */
  readonly arbiter?: string
  readonly maxIterations?: number
  readonly tolerance?: number
}

/** The DSL and runtime conf of the example job. */
export function exampleJob(options: ExampleOptions = {}): {
  dsl: Record<string, unknown>
  conf: Record<string, unknown>
} {
  const [guest, host] = EXAMPLE_TABLES
  return heteroLrJob({
    name: 'Breast cancer, two parties',
    guest: { party: guest.party, table: guest },
    host: { party: host.party, table: host },
    arbiter: options.arbiter ?? EXAMPLE_ARBITER,
    label: 'y',
    training: {
      penalty: 'L2',
      optimizer: 'rmsprop',
      eps: options.tolerance ?? 1e-5,
      alpha: 0.01,
      max_iter: options.maxIterations ?? 10,
      converge_func: 'diff',
      batch_size: -1,
      // With rmsprop a first step is ten times the rate in every weight: a larger one would overshoot.
      learning_rate: 0.015,
      init_param: { init_method: 'zeros' },
      encrypt_param: { key_length: 2048 },
    },
  })
}
