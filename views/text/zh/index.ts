/**
 * Simplified Chinese for every sentence of the console, by the English one. A sentence that is not here is a type error
 * where it is used; a test finds those that nothing uses.
 * @module
 */
import { CHART } from './chart.ts'
import { COMMON } from './common.ts'
import { DATA } from './data.ts'
import { DOCS } from './docs.ts'
import { FEDLEARN } from './fedlearn.ts'
import { FORM } from './form.ts'
import { JOB } from './job.ts'
import { RESULT } from './result.ts'
import { RUNNER } from './runner.ts'

/** The whole dictionary. */
export const ZH = {
  ...COMMON,
  ...CHART,
  ...DATA,
  ...DOCS,
  ...FEDLEARN,
  ...FORM,
  ...JOB,
  ...RESULT,
  ...RUNNER,
} as const
