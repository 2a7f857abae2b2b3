/**
 * Who may ask: accounts, their groups and tokens.
 * @module
 */
import type { Generated } from 'kysely'

import type { Json } from '../json.ts'

export interface AccountTable {
  id: string
  name: string
  password_hash: string | null
  admin: number
  created_at: number
  email: string | null
  /** Names of its groups. */
  groups: Json<string[]> | null
  /** Virtual clusters that it may use beside those of its groups. */
  virtual_clusters: Json<string[]> | null
  /** Whatever clients keep there. */
  extension: Json<Record<string, unknown>> | null
}

export interface FormerAccountTable {
  name: string
  removed_at: number
}

export interface LoginFailureTable {
  /** SHA-256 of an address, with a name or without one. */
  key: string
  count: number
  at: number
  /** Until when it is not listened to. */
  until: number
}

export interface TokenTable {
  /** SHA-256 of the token, hex: the token itself is never stored. */
  hash: string
  kind: string
  name: string
  account_id: string | null
  parties: Json<string[]> | null
  /** 1 where a database token may only read. */
  read_only: Generated<number>
  created_at: number
  expires_at: number | null
  used_at: number | null
  /** 1 where a program of its account has it. */
  application: number | null
}

export interface AccountGroupTable {
  name: string
  description: string
  external_name: string
  extension: Json<Record<string, unknown>>
  created_at: number
}

export interface VirtualClusterTable {
  name: string
  /** Null: as much as there is. */
  cores: number | null
  memory_mb: number | null
  gpus: number | null
  /** 1 where nothing new begins. */
  stopped: Generated<number>
  created_at: number
}
