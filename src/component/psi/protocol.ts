/**
 * What a method of set intersection between a guest and one host is.
 * @module
 */
import type { Disclosure } from '../../federation/channel.ts'
import type { TaskContext } from '../define.ts'
import type { Place } from './exchange.ts'
import type { IdList } from './id-list.ts'
import type { IntersectParam, Terms } from './intersect-param.ts'
import type { Ring } from './ring.ts'

/** The task in which a method runs. */
export type MethodContext = TaskContext<IntersectParam>

/** Where it runs: a channel to one peer. */
export type Meeting = Omit<Place, 'tags'>

/** A method: one file, and one line in `protocols.ts`. */
export interface Protocol<Name extends string = string> {
  /** What `intersect_method` calls it. */
  readonly name: Name
  /** A few words for whoever chooses. */
  readonly summary: string
  readonly messages: Readonly<Record<string, Disclosure>>
  /** What both ends must have alike beside the method. */
  terms?(params: IntersectParam): Terms
  /** What the user should know of a method that does not hide enough. */
  weakness?(params: IntersectParam): string | undefined
  /** The guest's side: for each of `ids` the place in the host's list where the same one stands, or −1. */
  ask(context: MethodContext, ids: IdList, place: Meeting): Promise<Int32Array>
  /** The host's side: shows its list to a guest that has announced `rows` ids. */
  answer(
    context: MethodContext,
    ids: IdList,
    place: Meeting & { readonly rows: number },
  ): Promise<void>
  /** The number of ids that a guest and several hosts all have, at the guest; a host gets undefined. */
  count?(context: MethodContext, ids: readonly string[], ring: Ring): Promise<number | undefined>
}
