/**
 * What a component is: an algorithm with parties, ports and parameters.
 *
 * A component is one file that calls `component({...})` and one line in `registry.ts`. All roles of a protocol
 * stand in that one file, so that both ends of every message are on one screen.
 * @module
 */
import type { z } from 'zod'

import type { PrivacyLoss } from '../compute/crypto/privacy-composition.ts'
import type { Frame } from '../compute/ml/frame.ts'
import type { Parallel } from '../compute/parallel.ts'
import type { Channel, Disclosure } from '../federation/channel.ts'
import { keepUnknown } from './param.ts'
import type { PartyNames } from './party-names.ts'

export type Role = 'guest' | 'host' | 'arbiter' | 'local'

/** Names under which a component's input data arrives. */
export type DataSlot = 'data' | 'train_data' | 'eval_data' | 'validate_data' | 'test_data'
/** `model` is reused for transform or predict; `isometric_model` is another component's result. */
export type ModelSlot = 'model' | 'isometric_model'

/** Who may be lost: parties in the roles `leaves`, while at least `least` of those in the roles `of` stay. */
export interface Quorum {
  readonly leaves: readonly Role[]
  readonly of: readonly Role[]
  readonly least: number
}

/** What a component leaves behind. */
export interface Outputs {
  readonly data: boolean
  readonly model: boolean
  /** Names of its tables, in the order in which a DSL names them; `data` alone where this is absent. */
  readonly tables?: readonly string[]
}

/** What the noise of a training promises of the label of any one row, whatever the other parties do with what they get. */
export interface LabelPrivacy extends PrivacyLoss {
  /** Whether what is measured of rows to validate with is under noise too, and not exact. */
  readonly validated: boolean
  /** Where it is several trainings of the same rows: in how many of them a label is used at most, and what each promises. */
  readonly several?: { readonly trainings: number; readonly each: PrivacyLoss }
}

export interface Component {
  /** The module name on the wire, `HeteroLR`; the file name is its kebab form. */
  readonly name: string
  readonly summary: string
  readonly roles: readonly Role[]
  /** The roles without which it cannot run at all; a job that lacks one is refused. */
  readonly requires: readonly Role[]
  /**
   * Parameters with their defaults; unknown keys are kept to be warned of (`param.ts`), as callers send keys of other
   * versions.
   */
  readonly params: z.ZodType<object>
  /** The name callers know the parameter object by, `LogisticParam`. */
  readonly paramsName: string
  readonly inputs: { readonly data: readonly DataSlot[]; readonly model: readonly ModelSlot[] }
  readonly outputs: Outputs
  /** Whether a prediction pipeline keeps it when the DSL does not say. */
  readonly deployed: boolean
  /**
   * How it answers single rows online: `pass` hands its table through, as the rows were asked for by id and nothing is
   * measured there; `alone` needs no other party; `together` asks the hosts. Without it a model cannot go online.
   */
  readonly online?: 'pass' | 'alone' | 'together'
  /**
   * Which parties may be lost for good while the others go on from their last checkpoints, in a session without them.
   * Absent, or where it answers nothing: all have to stay. One without messages needs nobody.
   */
  quorum?(params: object, members: TaskContext['members']): Quorum | undefined
  /** What a training with these parameters promises of labels; undefined, or absent, where it adds no noise. */
  privacy?(params: object): LabelPrivacy | undefined
  /**
   * Its model with other parties' names in place of those that it shows, where it shows any. The model may be as its file
   * has it: plain JSON, arrays of numbers as texts.
   */
  readonly renamed?: (model: Model, names: PartyNames) => Model
  /** Every message tag it sends. */
  readonly messages: Readonly<Record<string, Disclosure>>
  /** Does the work of one role. Resolves when that role is done; rejects with a sentence for the user. */
  run(context: TaskContext): Promise<void>
}

/** A component whose `run` sees its own parameter type. */
export interface ComponentDefinition<P extends z.ZodType<object>> extends Omit<
  Component,
  'params' | 'quorum' | 'privacy' | 'run'
> {
  readonly params: P
  quorum?(params: z.output<P>, members: TaskContext['members']): Quorum | undefined
  privacy?(params: z.output<P>): LabelPrivacy | undefined
  run(context: TaskContext<z.output<P>>): Promise<void>
}

/** Declares a component. What a caller's parameters have beyond the schema is kept, at every depth, to be warned of. */
export function component<P extends z.ZodType<object>>(
  definition: ComponentDefinition<P>,
): Component {
  const declared = { ...definition, params: keepUnknown(definition.params) }
  return declared as unknown as Component
}

/** A table that arrived in a slot, and the component (or `args`) that it came from. */
export interface InputTable {
  readonly source: string
  readonly frame: Frame
}

/** A model that arrived in a slot. */
export interface InputModel {
  readonly source: string
  readonly model: Model
}

/**
 * What a component learnt. `param` and `meta` are what callers read, in the wire's camelCase names
 * (`HeteroLogisticRegressionParam`, `…Meta`); `state` is what a later transform or predict needs beyond them.
 */
export interface Model {
  /** Buffer name without its ending, `HeteroLogisticRegression`. */
  readonly name: string
  readonly param: Record<string, unknown>
  readonly meta: Record<string, unknown>
  readonly state?: unknown
}

/** A metric series; points are appended, `meta` is merged. */
export interface MetricSeries {
  readonly namespace: string
  readonly name: string
  readonly points: readonly (readonly [x: number | string, y: number])[]
  readonly meta: { readonly name: string; readonly metric_type: string } & Record<string, unknown>
}

/** A component's state after one of its steps. */
export interface Checkpoint {
  /** Counts from 1. */
  readonly step: number
  /** Plain data, as a model may hold it. */
  readonly state: unknown
}

/**
 * What a task keeps at its own party while it works, so that a later attempt goes on from there. It never leaves the
 * party, and goes when the task is done.
 */
export interface Checkpoints {
  /** The latest two, latest first; none at a first attempt. */
  load(): Promise<readonly Checkpoint[]>
  /** Keeps `state` and of the earlier ones the latest; what an earlier attempt kept of later steps goes. */
  save(step: number, state: unknown): Promise<void>
}

/**
 * Files of a task's own, for what is too much for its memory. They are at its party, for the owner of its data directory
 * only, and go when the task ends, however it ends.
 */
export interface Scratch {
  /** Adds bytes to the end of a file; `name` is letters, digits and `-`. */
  append(name: string, bytes: Uint8Array): Promise<void>
  /** All of a file; nothing where there is none. */
  read(name: string): Promise<Uint8Array>
  drop(name: string): Promise<void>
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Everything a component may use. It has no other way to the outside. */
export interface TaskContext<P = object> {
  /** The node's name in the graph, `hetero_lr_0`. */
  readonly name: string
  readonly role: Role
  readonly party: string
  /** Index of this party within its role. */
  readonly position: number
  /** All parties of the job by role. */
  readonly members: Readonly<Partial<Record<Role, readonly string[]>>>
  readonly params: P
  /** True in an online prediction: all parties have the rows that the guest has just asked for, in one order. */
  readonly online?: boolean
  readonly signal: AbortSignal
  readonly channel: Channel
  readonly parallel: Parallel
  /** Cryptographic randomness. */
  random(bytes: number): Uint8Array
  /** Which input slots the graph connects; a connected slot may still hold no table at this party. */
  readonly connected: { readonly data: readonly DataSlot[]; readonly model: readonly ModelSlot[] }
  /** Tables in a slot, in the order of the graph; empty when this party has none there. */
  tables(slot: DataSlot): Promise<readonly InputTable[]>
  models(slot: ModelSlot): Promise<readonly InputModel[]>
  /** Stores an output table for this party: `output` is one of `outputs.tables`, by default the first. */
  writeTable(frame: Frame, output?: string): Promise<void>
  writeModel(model: Model): Promise<void>
  readonly checkpoints: Checkpoints
  readonly scratch: Scratch
  metric(series: MetricSeries): void
  /** Work done so far and in all, in any unit, with a word on the current step. */
  progress(done: number, total: number, note?: string): void
  log(level: LogLevel, text: string): void
  /** Something the user should see although the work goes on: an event at level warning. */
  warn(text: string): void
}
