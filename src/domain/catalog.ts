/**
 * What the API and the console may know of components: names and checks, not algorithms. The entry hands it in,
 * so an edge bundle decides whether to carry the algorithms themselves.
 * @module
 */

import type { ComponentSpec, Quorum } from './work.ts'

type Members = ComponentSpec['members']

/** A model as its file has it. */
export interface LearntModel {
  readonly name: string
  readonly param: Record<string, unknown>
  readonly meta: Record<string, unknown>
  readonly state?: unknown
}

/** What a training promises of the label of any one row: (epsilon, delta)-differential privacy. */
export interface TrainingPrivacy {
  readonly epsilon: number
  readonly delta: number
  /** Where it is several trainings of the same rows: in how many of them a label is used at most, and what each promises. */
  readonly several?: {
    readonly trainings: number
    readonly each: { readonly epsilon: number; readonly delta: number }
  }
}

export interface CatalogEntry {
  readonly name: string
  readonly summary: string
  readonly roles: readonly string[]
  /** The roles without which it cannot run at all. */
  readonly requires: readonly string[]
  /** The name callers know the parameter object by, `LogisticParam`. */
  readonly paramsName: string
  readonly inputs: { readonly data: readonly string[]; readonly model: readonly string[] }
  readonly outputs: {
    readonly data: boolean
    readonly model: boolean
    /** Names of its tables; `data` alone where this is absent. */
    readonly tables?: readonly string[]
  }
  readonly deployed: boolean
  /** Who of the parties may be lost for good while the others go on; absent where all have to stay. */
  quorum?(params: Record<string, unknown>, members: Members): Quorum | undefined
  /** What it promises of labels; undefined, or absent, where it adds no noise to what tells of them. */
  privacy?(params: Record<string, unknown>): TrainingPrivacy | undefined
  /**
   * How it predicts online: `pass` hands its table through, `alone` needs no other party, `together` asks the hosts.
   * Absent: it cannot.
   */
  readonly online?: 'pass' | 'alone' | 'together'
  /** What it learnt, with other parties' names in place of those that it shows; by role, the new party of an old one. */
  renamed?(
    model: LearntModel,
    names: Readonly<Record<string, ReadonlyMap<string, string>>>,
  ): LearntModel
  /** The parameters as JSON Schema, defaults included, for forms. */
  paramsSchema(): Readonly<Record<string, unknown>>
  /** Fills in defaults; throws a ZodError for a value that cannot be. */
  parseParams(value: unknown): Record<string, unknown>
  /** A sentence for each of the parsed parameters that the component called `name` does not know. */
  warnings?(name: string, params: Record<string, unknown>): readonly string[]
}

export type Catalog = ReadonlyMap<string, CatalogEntry>

/** How a table of a component is named where it lies: the first of its module has no name there. */
export function outputName(
  catalog: Catalog,
  table: { readonly module: string; readonly name: string },
): { readonly output?: string } {
  const [first] = catalog.get(table.module)?.outputs.tables ?? ['data']
  return table.name === first ? {} : { output: table.name }
}
