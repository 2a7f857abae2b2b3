/**
 * How a surface has a model put to work that another one has trained.
 * @module
 */
import type { Job } from '../domain/job.ts'

/** A party's table of features. */
export interface BoundFeatures {
  readonly role: string
  readonly party: string
  readonly namespace: string
  readonly name: string
}

export interface ServingRequest {
  readonly modelId: string
  readonly modelVersion: string
  /** Tables in which parties look their features up; those of the training where a party is not named. */
  readonly tables?: readonly BoundFeatures[]
}

/**
 * Loads a model at its parties for its owner, unless it is loaded in this way already; answers the job that keeps it
 * ready.
 */
export type LoadModel = (wanted: ServingRequest, owner: string | null) => Promise<Job>
