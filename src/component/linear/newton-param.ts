/**
 * The parameters of the `sqn` optimiser.
 * @module
 */
import { z } from 'zod'

/** Parameters of the method, by FATE's names. */
export const SqnParam = z
  .looseObject({
    /** Batches between two pairs of the memory. */
    update_interval_L: z.int().positive().default(3),
    /** Pairs in the memory. */
    memory_M: z.int().positive().max(100).default(5),
    /** Rows of which a Hessian is taken. */
    sample_size: z.int().positive().default(5000),
    /** Which rows these are; null for a fixed seed. */
    random_seed: z.int().nullable().default(null),
  })
  .prefault({})
