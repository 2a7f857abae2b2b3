/**
 * Simplified Chinese for every sentence of the console, by the English one. A sentence that is not here is a type error
 * where it is used; a test finds those that nothing uses.
 * @module
 */
import { BATCH } from './batch.ts'
import { CHART } from './chart.ts'
import { COMMON } from './common.ts'
import { DATA } from './data.ts'
import { DOCS } from './docs.ts'
import { FEDLEARN } from './fedlearn.ts'
import { FLOW } from './flow.ts'
import { FORM } from './form.ts'
import { JOB } from './job.ts'
import { RESULT } from './result.ts'
import { RUNNER } from './runner.ts'
import { WORKS } from './works.ts'

/** The whole dictionary. */
export const ZH = {
  ...COMMON,
  ...BATCH,
  ...CHART,
  ...DATA,
  ...DOCS,
  ...FEDLEARN,
  ...FLOW,
  ...FORM,
  ...JOB,
  ...RESULT,
  ...RUNNER,
  ...WORKS,
} as const
