/**
 * What jobs leave: events, metrics, logs, the ledger, tables and models.
 * @module
 */
import type { Generated } from 'kysely'

import type { Json } from '../json.ts'
import type { Members } from './job.ts'

export interface EventTable {
  id: Generated<number>
  job_id: string
  task_id: string | null
  attempt_id: string | null
  at: number
  type: string
  level: string
  message: string
  data: Json<Record<string, unknown>> | null
}

export interface MetricTable {
  id: Generated<number>
  job_id: string
  task_id: string
  namespace: string
  name: string
  meta: Json<Record<string, unknown>>
}

export interface MetricPointTable {
  metric_id: number
  position: number
  /** JSON: a number or a text. */
  x: Json<number | string>
  y: number
}

export interface LogChunkTable {
  id: Generated<number>
  job_id: string
  task_id: string
  attempt_id: string | null
  at: number
  level: string
  text: string
}

export interface LedgerTable {
  job_id: string
  component: string
  sender: string
  receiver: string
  tag: string
  kind: string
  reveals: string
  messages: number
  bytes: number
}

export interface DataTableTable {
  namespace: string
  name: string
  party: string | null
  site: string | null
  location: string | null
  columns: Json<string[]>
  id_column: string | null
  partitions: number
  rows: number
  preview: Json<unknown[][]> | null
  job_id: string | null
  created_at: number
  updated_at: number
}

export interface ArtifactTable {
  id: Generated<number>
  job_id: string
  task_id: string
  kind: string
  name: string
  site: string | null
  location: string | null
  rows: number | null
  summary: Json<Record<string, unknown>>
  preview: Json<unknown> | null
  created_at: number
}

export interface ModelTable {
  model_id: string
  version: string
  job_id: string
  members: Json<Members>
  pipeline: Json<Record<string, unknown>> | null
  created_at: number
}

export interface TagTable {
  id: Generated<number>
  name: string
  description: string | null
  created_at: number
}

/** Which versions of models have which tags. */
export interface ModelTagTable {
  tag_id: number
  model_id: string
  version: string
  created_at: number
}
