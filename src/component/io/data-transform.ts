/**
 * DataIO under the name and with the defaults of FATE 1.6 and later (FATE's DataTransform).
 * @module
 */
import { z } from 'zod'

import { component } from '../define.ts'
import { DATA_SLOTS } from '../input.ts'
import { warnOfUnknown } from '../param.ts'
import { DataIOParam } from './data-io-param.ts'
import { readTable } from './data-io.ts'

/** Parameters of DataTransform. */
export const DataTransformParam = DataIOParam.extend({
  missing_fill: z.boolean().default(false),
  keep_missing: z.boolean().default(true),
  outlier_replace: z.boolean().default(false),
  label_idx: z.int().nonnegative().nullable().default(null),
  label_name: z.string().nullable().default('y'),
  with_match_id: z
    .boolean()
    .refine((match) => !match, 'with_match_id is not available: upload the match id as the id')
    .default(false),
}).loose()

/** Reads the party's own table; nothing is sent. */
export const dataTransform = component({
  name: 'DataTransform',
  summary: 'Turns an uploaded table into features and labels',
  roles: ['guest', 'host'],
  requires: [],
  params: DataTransformParam,
  paramsName: 'DataTransformParam',
  inputs: { data: DATA_SLOTS, model: ['model'] },
  outputs: { data: true, model: true },
  deployed: true,
  online: 'alone',
  messages: {},
  async run(context) {
    warnOfUnknown(context, DataTransformParam)
    const { label_idx } = context.params
    // A position that was given goes before the name that is only a default.
    const label_name = label_idx === null ? context.params.label_name : null
    await readTable({ ...context, params: { ...context.params, label_name } }, 'DataTransform')
  },
})
