/**
 * The classes of a label column and what a binary model makes of them.
 * @module
 */

/** What is to be told apart. */
export interface Classes {
  /** The negative and the positive label, or one label for each model. */
  readonly values: readonly number[]
  /** One model each: null for the only one of two classes. */
  readonly targets: readonly (number | null)[]
}

/**
 * The classes in `labels`. Of two the positive one is 1 where it is among them, else the larger. Throws where there
 * is one class only, or more than two without `oneVsRest`; `column` is what the message calls the labels.
 */
export function classesOf(
  labels: Float64Array,
  { oneVsRest, column }: { oneVsRest: boolean; column: string },
): Classes {
  const values = [...new Set(labels)].sort((a, b) => a - b)
  if (values.length < 2) {
    throw new Error(
      `Label column "${column}" holds only the value ${values[0]}: two classes are needed to learn from`,
    )
  }
  if (oneVsRest) return { values, targets: values }
  if (values.length > 2) {
    const shown = values.slice(0, 5).join(', ')
    throw new Error(
      `Label column "${column}" holds ${values.length} classes (${shown}${values.length > 5 ? ', …' : ''}), ` +
        'not two: set one_vs_rest_param.need_one_vs_rest to true',
    )
  }
  return { values: values[0] === 1 ? [values[1], 1] : values, targets: [null] }
}

/** +1 for rows of the class `positive`, -1 for all others. */
export function signsOf(labels: Float64Array, positive: number): Float64Array {
  return labels.map((value) => (value === positive ? 1 : -1))
}
