/**
 * What correlations other components can read.
 * @module
 */

/** Correlations of a party's columns. */
export interface CorrelationState {
  readonly names: readonly string[]
  /** Pearson's coefficient of every pair of own columns. */
  readonly local: readonly (readonly number[])[]
  /** Variance inflation of each own column against the other own ones; null where it was not asked for. */
  readonly vif: readonly number[] | null
  /** At the guest, one entry a host: rows are own columns, columns the host's at these places of its table. */
  readonly hosts: readonly {
    readonly indexes: readonly number[]
    readonly correlation: readonly (readonly number[])[]
  }[]
}
