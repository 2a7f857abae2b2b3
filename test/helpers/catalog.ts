/**
 * A small catalogue with the shapes of the real one, so that tests of the API do not depend on algorithms.
 * @module
 */
import { z } from 'zod'

import { catalogOf } from '../../src/component/catalog.ts'
import { component } from '../../src/component/define.ts'
import type { Catalog } from '../../src/domain/catalog.ts'

const run = (): Promise<void> => Promise.resolve()

/** DataIO, Intersection, HeteroLR, Evaluation and a SecureAddExample without data. */
export function fakeCatalog(): Catalog {
  return catalogOf([
    component({
      name: 'DataIO',
      summary: 'Reads a table',
      roles: ['guest', 'host'],
      requires: [],
      params: z.object({
        with_label: z.boolean().default(false),
        label_idx: z.int().default(0),
        output_format: z.enum(['dense', 'sparse']).default('dense'),
      }),
      paramsName: 'DataIOParam',
      inputs: { data: ['data'], model: ['model'] },
      outputs: { data: true, model: true },
      deployed: true,
      online: 'alone',
      messages: {},
      run,
    }),
    component({
      name: 'Reader',
      summary: 'Brings a table in',
      roles: ['guest', 'host'],
      requires: [],
      params: z.object({ table: z.object({ name: z.string(), namespace: z.string() }).nullish() }),
      paramsName: 'ReaderParam',
      inputs: { data: ['data'], model: [] },
      outputs: { data: true, model: false },
      deployed: true,
      online: 'alone',
      messages: {},
      run,
    }),
    component({
      name: 'Intersection',
      summary: 'Finds common ids',
      roles: ['guest', 'host'],
      requires: [],
      params: z.object({ intersect_method: z.enum(['raw', 'rsa']).default('rsa') }),
      paramsName: 'IntersectParam',
      inputs: { data: ['data'], model: [] },
      outputs: { data: true, model: false },
      deployed: true,
      online: 'pass',
      messages: {},
      run,
    }),
    component({
      name: 'HeteroLR',
      summary: 'Logistic regression',
      roles: ['guest', 'host', 'arbiter'],
      requires: ['guest', 'host', 'arbiter'],
      params: z.object({
        learning_rate: z.number().positive().default(0.01),
        max_iter: z.int().positive().default(100),
        init_param: z
          .object({
            init_method: z.enum(['random_uniform', 'zeros']).default('zeros'),
            fit_intercept: z.boolean().default(true),
          })
          .prefault({}),
        need_run: z.boolean().default(true),
      }),
      paramsName: 'LogisticParam',
      inputs: { data: ['train_data', 'eval_data', 'data'], model: ['model', 'isometric_model'] },
      outputs: { data: true, model: true },
      deployed: true,
      online: 'together',
      messages: {},
      run,
    }),
    component({
      name: 'Evaluation',
      summary: 'Scores predictions',
      roles: ['guest', 'host'],
      requires: [],
      params: z.object({
        eval_type: z.enum(['binary', 'multi', 'regression']).default('binary'),
        pos_label: z.number().default(1),
      }),
      paramsName: 'EvaluateParam',
      inputs: { data: ['data'], model: [] },
      outputs: { data: true, model: false },
      deployed: false,
      messages: {},
      run,
    }),
    component({
      name: 'SecureAddExample',
      summary: 'Adds two secrets',
      roles: ['guest', 'host'],
      requires: [],
      params: z.object({ seed: z.int().default(0) }),
      paramsName: 'SecureAddExampleParam',
      inputs: { data: [], model: [] },
      outputs: { data: false, model: false },
      deployed: false,
      messages: {},
      run,
    }),
  ])
}
