/**
 * The parameters of HeteroKmeans.
 * @module
 */
import { z } from 'zod'

import type { TaskContext } from '../define.ts'

/** Parameters of HeteroKmeans. */
export const KmeansParam = z.looseObject({
  k: z.int().min(2).default(5),
  max_iter: z.int().positive().default(300),
  /** Ends when the squared moves of all centres add up to less. */
  tol: z.number().nonnegative().default(0.001),
  /** Null for 0, so that a job gives the same groups every time. */
  random_stat: z.int().nullable().default(null),
  need_run: z.boolean().default(true),
})

/** A task of HeteroKmeans. */
export type KmeansContext = TaskContext<z.output<typeof KmeansParam>>

/** The roles of a training; the first one says where it goes on. */
export const KMEANS_ROLES = ['guest', 'host', 'arbiter'] as const
