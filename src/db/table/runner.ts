/**
 * Who works and with what: runners, parties, what they offer, messages, models online.
 * @module
 */
import type { Generated } from 'kysely'

import type { Json } from '../json.ts'

/** An accelerator of a host. */
export interface Gpu {
  /** The index by which CUDA_VISIBLE_DEVICES names it, or a name of its own for others. */
  readonly id: string
  readonly name: string
  readonly memoryMb: number | null
  readonly driver: string | null
  readonly kind: 'cuda' | 'webgpu'
}

/** Nodes of a cluster that are alike. */
export interface ClusterNodes {
  readonly count: number
  readonly cores: number
  readonly memoryMb: number
  readonly gpus: number
}

/** What the partition of a cluster has at all, whatever is in use. */
export interface ClusterSize {
  /** Tells runners of one partition from those of another. */
  readonly name: string
  readonly nodes: readonly ClusterNodes[]
}

/** What a runner offers. */
export interface Capacity {
  readonly cores?: number
  readonly memoryMb?: number
  readonly gpus?: readonly Gpu[]
  readonly labels?: Readonly<Record<string, string>>
  readonly engines?: readonly string[]
  /** Flow units, as `name@device`. */
  readonly units?: readonly string[]
  /** First and last TCP port that tasks may be given. */
  readonly ports?: readonly [number, number]
  /** Of the cluster that it submits to, where it has asked. */
  readonly cluster?: ClusterSize
}

/** What only one of all processes does at a time, and when it was done last. */
export interface DutyTable {
  name: string
  at: number
}

export interface PartyTable {
  id: string
  name: string
  /** Ed25519 public key, base64url, pinned when the party's runner first registers. */
  identity_key: string | null
  created_at: number
  updated_at: number
}

export interface PartyUrlTable {
  /** An origin by which clients call the party, without a slash at its end. */
  url: string
  party: string
  created_at: number
}

/** A column that a party offers. */
export interface OfferedFeature {
  readonly name: string
  readonly dtype: 'float' | 'string'
}

/** What a runner's data directory has offered last. */
export interface FlowUnitTable {
  name: string
  device: string
  site: string
  descriptor: Json<Record<string, unknown>>
  updated_at: number
}

export interface DatasetTable {
  party: string
  name: string
  /** The data directory of the runner that reads it. */
  site: string
  index_column: string
  features: Json<OfferedFeature[]>
  updated_at: number
  /** What trainings may promise of its labels together, at most; null for anything. */
  max_epsilon: number | null
}

export interface DatasetUseTable {
  /** The training. */
  job_id: string
  match_id: string
  party: string
  dataset: string
  /** The column that is learnt; null where another data set has it. */
  label: string | null
  /** What is promised of a single label; null where nothing is. */
  epsilon: number | null
  delta: number | null
}

export interface RunnerTable {
  id: string
  name: string
  site: string
  /** The parties it serves; null for every party. */
  parties: Json<string[]> | null
  /** Where peers reach it directly; null when they cannot. */
  url: string | null
  slots: number
  facts: Json<Record<string, unknown>>
  capacity: Generated<Json<Capacity>>
  state: string
  started_at: number
  seen_at: number
  /** How long its leases last, so how soon it is missed; null for the server's own time. */
  lease_ms: number | null
  /** 1 while the operator keeps it, and whoever follows it in its data directory, from work. */
  held_back: Generated<number>
  /** Names the last batch of reports that was taken in. */
  last_report: string | null
}

export interface RunnerSampleTable {
  runner_id: string
  at: number
  /** Busy share of the host's cores, 0–1. */
  cpu: number
  /** In use on the host. */
  memory_mb: number
  /** Running at that time. */
  tasks: number
  gpus: Generated<Json<{ id: string; use: number | null; memoryMb: number | null }[]>>
}

export interface MessageTable {
  id: Generated<number>
  job_id: string
  session: string
  sender: string
  receiver: string
  body: Uint8Array
  created_at: number
}

export interface InviteTable {
  /** SHA-256 of the code, hex: the code itself is never stored. */
  hash: string
  name: string
  /** Null for every party. */
  parties: Json<string[]> | null
  /** 1 where it gives the database itself. */
  trusted: number
  created_at: number
  expires_at: number
  used_at: number | null
}

export interface ServiceTable {
  /** By which callers ask for it. */
  name: string
  /** The job that answers. */
  job_id: string
  created_at: number
}

export interface ServingCallTable {
  id: Generated<number>
  job_id: string
  question: string
  answer: string | null
  until: number
}
