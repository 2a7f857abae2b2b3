/**
 * What statements are made of. Every part knows its place, in units from the start of its statement.
 * @module
 */

interface Placed {
  readonly at: number
}

/** A type as it is written. */
export interface TypeNode extends Placed {
  readonly name: string
  readonly arguments: readonly number[]
  /** What an ARRAY is of. */
  readonly element?: TypeNode
  /** The fields of a ROW. */
  readonly fields?: readonly (Placed & { readonly name: string; readonly type: TypeNode })[]
}

/** An expression. */
export type Expression = Placed &
  (
    | { readonly kind: 'number'; readonly text: string }
    | { readonly kind: 'text'; readonly value: string }
    | { readonly kind: 'boolean'; readonly value: boolean }
    | { readonly kind: 'null' }
    | {
        readonly kind: 'moment'
        readonly type: 'DATE' | 'TIME' | 'TIMESTAMP'
        readonly value: string
      }
    | {
        readonly kind: 'interval'
        readonly value: string
        readonly unit: string
        readonly to: string | null
      }
    | { readonly kind: 'column'; readonly path: readonly string[] }
    | { readonly kind: 'array' | 'row'; readonly values: readonly Expression[] }
    | { readonly kind: 'element'; readonly of: Expression; readonly index: Expression }
    | { readonly kind: 'field'; readonly of: Expression; readonly name: string }
    | { readonly kind: 'unary'; readonly operator: '-' | '+' | 'NOT'; readonly of: Expression }
    | {
        readonly kind: 'binary'
        readonly operator: string
        readonly left: Expression
        readonly right: Expression
      }
    | { readonly kind: 'is'; readonly of: Expression; readonly what: string; readonly not: boolean }
    | {
        readonly kind: 'distinct'
        readonly left: Expression
        readonly right: Expression
        readonly not: boolean
      }
    | {
        readonly kind: 'between'
        readonly of: Expression
        readonly low: Expression
        readonly high: Expression
        readonly not: boolean
        readonly symmetric: boolean
      }
    | {
        readonly kind: 'in'
        readonly of: readonly Expression[]
        readonly list: readonly Expression[] | null
        readonly query: Query | null
        readonly not: boolean
      }
    | {
        readonly kind: 'like'
        readonly of: Expression
        readonly pattern: Expression
        readonly escape: Expression | null
        readonly not: boolean
      }
    | { readonly kind: 'exists'; readonly query: Query }
    | { readonly kind: 'scalar'; readonly query: Query }
    | {
        readonly kind: 'case'
        readonly of: Expression | null
        readonly whens: readonly { readonly when: Expression; readonly result: Expression }[]
        readonly otherwise: Expression | null
      }
    | {
        readonly kind: 'cast'
        readonly of: Expression
        readonly type: TypeNode
        readonly isTry: boolean
      }
    | Call
  )

/** A call of a function; `EXTRACT`, `FLOOR … TO` and the like have their unit in `unit`. */
export interface Call {
  readonly kind: 'call'
  readonly name: string
  readonly arguments: readonly Expression[]
  readonly unit: string | null
  readonly star: boolean
  readonly distinct: boolean
  readonly filter: Expression | null
  readonly over: Window | null
  readonly nulls: 'IGNORE' | null
}

export interface Window extends Placed {
  /** A window of the clause WINDOW. */
  readonly named: string | null
  readonly partition: readonly Expression[]
  readonly order: readonly Order[]
  readonly frame: Frame | null
}

export interface Frame {
  readonly unit: 'ROWS' | 'RANGE'
  readonly from: Bound
  readonly to: Bound
}

export interface Bound {
  readonly side: 'PRECEDING' | 'FOLLOWING' | 'CURRENT'
  /** Null without bound. */
  readonly distance: Expression | null
}

export interface Order {
  readonly by: Expression
  readonly descending: boolean
  readonly nulls: 'FIRST' | 'LAST' | null
}

/** A column of a select list. */
export type Item = Placed &
  (
    | { readonly kind: 'star'; readonly of: string | null }
    | { readonly kind: 'item'; readonly value: Expression; readonly name: string | null }
  )

/** Columns that rows are grouped by. */
export type Grouping = Placed &
  (
    | { readonly kind: 'by'; readonly values: readonly Expression[] }
    | {
        readonly kind: 'rollup' | 'cube' | 'sets'
        readonly sets: readonly (readonly Expression[])[]
      }
  )

/** What a query reads from. */
export type Source = Placed &
  (
    | { readonly kind: 'table'; readonly path: readonly string[]; readonly alias: Alias | null }
    | { readonly kind: 'query'; readonly query: Query; readonly alias: Alias | null }
    | { readonly kind: 'unnest'; readonly of: Expression; readonly alias: Alias | null }
    | { readonly kind: 'window'; readonly window: WindowTable; readonly alias: Alias | null }
    | {
        readonly kind: 'join'
        readonly type: JoinType
        readonly left: Source
        readonly right: Source
        readonly on: Expression | null
        readonly using: readonly string[] | null
        readonly natural: boolean
      }
  )

export type JoinType = 'INNER' | 'LEFT' | 'RIGHT' | 'FULL' | 'CROSS'

export interface Alias {
  readonly name: string
  readonly columns: readonly string[] | null
}

/** TUMBLE, HOP or CUMULATE of a table. */
export interface WindowTable extends Placed {
  readonly name: 'TUMBLE' | 'HOP' | 'CUMULATE'
  readonly source: Source
  readonly column: Placed & { readonly name: string }
  /** Size; or slide and size; or step and size. */
  readonly intervals: readonly Expression[]
  readonly offset: Expression | null
}

/** A query: its body, sorted and cut. */
export interface Query extends Placed {
  readonly with: readonly (Placed & { readonly alias: Alias; readonly query: Query })[]
  readonly body: Body
  readonly order: readonly Order[]
  readonly limit: Expression | null
  readonly offset: Expression | null
}

export type Body =
  | Select
  | (Placed & { readonly kind: 'values'; readonly rows: readonly (readonly Expression[])[] })
  | (Placed & {
      readonly kind: 'set'
      readonly operator: 'UNION' | 'INTERSECT' | 'EXCEPT'
      readonly all: boolean
      readonly left: Query
      readonly right: Query
    })
  | (Placed & { readonly kind: 'nested'; readonly query: Query })

export interface Select extends Placed {
  readonly kind: 'select'
  readonly distinct: boolean
  readonly items: readonly Item[]
  readonly from: Source | null
  readonly where: Expression | null
  readonly group: readonly Grouping[] | null
  readonly having: Expression | null
  readonly windows: readonly { readonly name: string; readonly window: Window }[]
}

export interface ColumnNode extends Placed {
  readonly name: string
  readonly type: TypeNode | null
  /** A computed column. */
  readonly as: Expression | null
}

export interface Option extends Placed {
  readonly key: string
  readonly value: string
}

export interface Insert extends Placed {
  readonly kind: 'insert'
  readonly overwrite: boolean
  readonly table: readonly string[]
  readonly columns: readonly (Placed & { readonly name: string })[] | null
  readonly query: Query
}

/** A statement. */
export type StatementNode =
  | (Placed & { readonly kind: 'query'; readonly query: Query })
  | Insert
  | (Placed & { readonly kind: 'inserts'; readonly inserts: readonly Insert[] })
  | (Placed & {
      readonly kind: 'create-table'
      readonly table: readonly string[]
      readonly temporary: boolean
      readonly ifNotExists: boolean
      readonly columns: readonly ColumnNode[]
      readonly options: readonly Option[]
      readonly like: (Placed & { readonly path: readonly string[] }) | null
    })
  | (Placed & {
      readonly kind: 'create-view'
      readonly table: readonly string[]
      readonly temporary: boolean
      readonly ifNotExists: boolean
      readonly columns: readonly string[] | null
      readonly query: Query
    })
  | (Placed & {
      readonly kind: 'drop'
      readonly what: 'TABLE' | 'VIEW'
      readonly table: readonly string[]
      readonly ifExists: boolean
    })
  | (Placed & { readonly kind: 'set'; readonly key: string | null; readonly value: string })
  | (Placed & { readonly kind: 'reset'; readonly key: string | null })
