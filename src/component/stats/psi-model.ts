/**
 * What population stability indexes other components can read.
 * @module
 */

/** Indexes of columns. */
export interface PsiState {
  /** By name, of the party's own columns. */
  readonly own: Readonly<Record<string, number>>
  /** At the guest, one list a host: entries by place in the host's table. */
  readonly hosts: readonly (readonly number[])[]
}
