/**
 * Waiting for what FedLearn's API has begun, by asking as its clients do.
 * @module
 */
import assert from 'node:assert/strict'

import { until } from './cluster.ts'

/** Sends a question and answers the data of an answer that is a success. */
export type Ask = <D>(path: string, body: object) => Promise<D>

/** What `train/status` says. */
export interface Status {
  readonly runningType: string
  readonly message: string
  readonly percent: number
  readonly trainMetrics: { name: string; metric: { x: number; y: unknown }[] }[]
  readonly validationMetrics: { name: string; metric: { x: number; y: unknown }[] }[]
  readonly featureImportance: { metric: { x: string; y: number }[] }[]
  readonly bestRound: number
}

const PATIENCE_SECONDS = 600

/** Waits for the end of a match, of which the progress never goes back; answers its last description. */
export async function matched(ask: Ask, matchId: string): Promise<string> {
  let last = 0
  return until(
    `the end of match ${matchId}`,
    async () => {
      const { percent, describe } = await ask<{ percent: number; describe: string }>(
        'prepare/match/progress',
        { matchId },
      )
      assert.ok(percent >= last, `the progress went from ${last} to ${percent}`)
      last = percent
      if (percent === 100) return describe
      assert.match(describe, /^正在对齐/)
      return undefined
    },
    PATIENCE_SECONDS,
  )
}

/** Waits for the end of a training. */
export function trained(ask: Ask, modelToken: string): Promise<Status> {
  return until(
    `the end of training ${modelToken}`,
    async () => {
      const status = await ask<Status>('train/status', { modelToken })
      return !['running', 'suspend'].includes(status.runningType) && status
    },
    PATIENCE_SECONDS,
  )
}
