/**
 * Hrana as it travels in JSON, and the database behind it. Words and shapes are those of the protocol (versions 2
 * and 3), so that they need no translation.
 * @module
 */

export type HranaValue =
  | { readonly type: 'null' }
  | { readonly type: 'integer' | 'text'; readonly value: string }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'blob'; readonly base64: string }

/** SQL by its text, or by the number under which the stream keeps it. */
export interface HranaSql {
  readonly sql?: string | null
  readonly sql_id?: number | null
}

export interface HranaStatement extends HranaSql {
  readonly args?: readonly HranaValue[] | null
  readonly named_args?: readonly { readonly name: string; readonly value: HranaValue }[] | null
  /** Whether the answer has rows; true when it is not given. */
  readonly want_rows?: boolean | null
}

export type HranaCondition =
  | { readonly type: 'ok' | 'error'; readonly step: number }
  | { readonly type: 'not'; readonly cond: HranaCondition }
  | { readonly type: 'and' | 'or'; readonly conds: readonly HranaCondition[] }
  | { readonly type: 'is_autocommit' }

export interface HranaBatch {
  readonly steps: readonly {
    readonly stmt: HranaStatement
    readonly condition?: HranaCondition | null
  }[]
}

export type HranaRequest =
  | { readonly type: 'execute'; readonly stmt: HranaStatement }
  | { readonly type: 'batch'; readonly batch: HranaBatch }
  | ({ readonly type: 'sequence' | 'describe' } & HranaSql)
  | { readonly type: 'store_sql'; readonly sql_id: number; readonly sql: string }
  | { readonly type: 'close_sql'; readonly sql_id: number }
  | { readonly type: 'get_autocommit' | 'close' }

export interface HranaStatementResult {
  readonly cols: readonly { readonly name: string; readonly decltype: string | null }[]
  readonly rows: readonly (readonly HranaValue[])[]
  readonly affected_row_count: number
  readonly last_insert_rowid: string | null
}

export interface HranaBatchResult {
  readonly step_results: (HranaStatementResult | null)[]
  readonly step_errors: (HranaFailure | null)[]
}

/** An error as it travels. */
export interface HranaFailure {
  readonly message: string
  readonly code: string
}

export type HranaResult =
  | { readonly type: 'ok'; readonly response: { readonly type: string } }
  | { readonly type: 'error'; readonly error: HranaFailure }

export interface HranaCaller {
  /** Tells callers apart: a stream belongs to the one who opened it. */
  readonly owner: string
  readonly readOnly: boolean
}

export interface HranaAnswer<T> {
  /** What names the stream in the next call; null when it is closed. */
  readonly baton: string | null
  readonly results: T
}

/** A database that answers Hrana. Both calls throw a HranaError where no stream can serve them. */
export interface HranaDatabase {
  pipeline(
    caller: HranaCaller,
    call: { readonly baton: string | null; readonly requests: readonly HranaRequest[] },
  ): Promise<HranaAnswer<HranaResult[]>>
  batch(
    caller: HranaCaller,
    call: { readonly baton: string | null; readonly batch: HranaBatch },
  ): Promise<HranaAnswer<HranaBatchResult>>
  /** Rolls back and closes every stream. */
  close(): void
}
