import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { FlowError } from '../../../src/flow/error.ts'
import { type FateModule, outputTable, parseFateDsl } from '../../../src/flow/parse/fate-dsl.ts'
import { fakeCatalog } from '../../helpers/catalog.ts'
import { trainDsl } from '../../helpers/fate-jobs.ts'

const modules = fakeCatalog()

const dataIo = { module: 'DataIO', input: { data: { data: ['args.d'] } }, output: { data: ['t'] } }

function failure(components: unknown): string {
  try {
    parseFateDsl({ components }, modules)
  } catch (error) {
    assert.ok(error instanceof FlowError, String(error))
    return error.message
  }
  assert.fail('the DSL was accepted')
}

describe('parseFateDsl', () => {
  it('reads what each component takes and needs, in topological order', () => {
    const components = parseFateDsl(trainDsl(), modules)
    assert.deepEqual(
      components.map(({ name, module, data, needs }) => ({ name, module, data, needs })),
      [
        {
          name: 'dataio_0',
          module: 'DataIO',
          data: [{ slot: 'data', refs: [{ type: 'args', key: 'train_data' }] }],
          needs: [],
        },
        {
          name: 'intersection_0',
          module: 'Intersection',
          data: [{ slot: 'data', refs: [{ type: 'output', node: 'dataio_0', output: 'train' }] }],
          needs: [{ node: 'dataio_0', kind: 'data' }],
        },
        {
          name: 'hetero_lr_0',
          module: 'HeteroLR',
          data: [
            {
              slot: 'train_data',
              refs: [{ type: 'output', node: 'intersection_0', output: 'train' }],
            },
          ],
          needs: [{ node: 'intersection_0', kind: 'data' }],
        },
        {
          name: 'evaluation_0',
          module: 'Evaluation',
          data: [
            { slot: 'data', refs: [{ type: 'output', node: 'hetero_lr_0', output: 'train' }] },
          ],
          needs: [{ node: 'hetero_lr_0', kind: 'data' }],
        },
      ],
    )
  })

  it('reads several tables of one component by their places', () => {
    const split: FateModule = {
      inputs: { data: ['data'], model: [] },
      outputs: { data: true, model: false, tables: ['train', 'validate', 'test'] },
    }
    const dsl = (made: string[], read: string) => ({
      components: {
        split_0: { module: 'Split', input: { data: { data: ['args.d'] } }, output: { data: made } },
        split_1: { module: 'Split', input: { data: { data: [read] } } },
      },
    })
    const known = new Map([['Split', split]])
    const [source] = parseFateDsl(dsl(['a', 'b'], 'split_0.b'), known)
    assert.deepEqual(source.outputs.data, ['a', 'b'])
    assert.equal(outputTable(source, 'a', split), undefined)
    assert.equal(outputTable(source, 'b', split), 'validate')
    for (const [made, read, message] of [
      [['a'], 'split_0.b', /"split_0.b" is not produced: split_0 declares the data output "a"/],
      [['a', 'b'], 'split_0.c', /declares the data output "a", "b"/],
      [['a', 'a'], 'split_0.a', /"a" is named twice/],
      [
        ['a', 'b', 'c', 'd'],
        'split_0.a',
        /at most 3 names, got 4: a, b, c, d: module Split makes train, validate, test/,
      ],
    ] as const) {
      assert.throws(() => parseFateDsl(dsl([...made], read), known), message)
    }
  })

  it('sorts components that are written in any order', () => {
    const { components } = trainDsl()
    const reversed = Object.fromEntries(Object.entries(components).toReversed())
    assert.deepEqual(
      parseFateDsl({ components: reversed }, modules).map(({ name }) => name),
      ['dataio_0', 'intersection_0', 'hetero_lr_0', 'evaluation_0'],
    )
  })

  it('reads model and isometric_model as needs of kind model', () => {
    const components = parseFateDsl(
      {
        components: {
          dataio_0: { ...dataIo, output: { data: ['t'], model: ['m'] } },
          dataio_1: { ...dataIo, input: { ...dataIo.input, model: ['dataio_0.m'] } },
          hetero_lr_0: {
            module: 'HeteroLR',
            input: { data: { train_data: ['dataio_1.t'] }, isometric_model: ['dataio_0.m'] },
          },
        },
      },
      modules,
    )
    assert.deepEqual(components[1].models, [
      { slot: 'model', refs: [{ type: 'output', node: 'dataio_0', output: 'm' }] },
    ])
    assert.deepEqual(components[2].needs, [
      { node: 'dataio_1', kind: 'data' },
      { node: 'dataio_0', kind: 'model' },
    ])
  })

  it('keeps need_deploy, and leaves it open where the DSL does', () => {
    const [first] = parseFateDsl(
      { components: { dataio_0: { ...dataIo, need_deploy: false } } },
      modules,
    )
    const [second] = parseFateDsl({ components: { dataio_0: dataIo } }, modules)
    assert.equal(first.deployed, false)
    assert.equal(second.deployed, undefined)
  })

  it('accepts an output that is declared and never made, as published samples have it', () => {
    const components = {
      dataio_0: dataIo,
      intersect_0: {
        module: 'Intersection',
        input: { data: { data: ['dataio_0.t'] } },
        output: { data: ['d'], model: ['intersect_results'] },
      },
    }
    assert.equal(parseFateDsl({ components }, modules).length, 2)
  })

  const cases: [name: string, components: unknown, message: RegExp][] = [
    ['no components', {}, /expected at least one component/],
    ['a list', [], /components: expected an object/],
    ['a name without a number', { dataio: dataIo }, /"dataio" is no component name/],
    ['a name that is a path', { '../x_0': dataIo }, /is no component name/],
    ['a number that does not start at 0', { dataio_1: dataIo }, /"dataio_0" is missing/],
    [
      'a gap in the numbers',
      { dataio_0: dataIo, dataio_2: dataIo },
      /"dataio_1" is missing: numbers of one prefix run from 0/,
    ],
    [
      'two modules under one prefix',
      { x_0: dataIo, x_1: { module: 'SecureAddExample' } },
      /"x_0" is DataIO and "x_1" is SecureAddExample/,
    ],
    ['no module', { dataio_0: {} }, /dataio_0\.module: expected the name of a module, got nothing/],
    [
      'an unknown module',
      { dataio_0: { module: 'DataOI' } },
      /no module "DataOI": there are DataIO, Evaluation, HeteroLR, Intersection, Reader, SecureAddExample/,
    ],
    [
      'a slot the module does not have',
      { dataio_0: { module: 'DataIO', input: { data: { train_data: ['args.d'] } } } },
      /input\.data\.train_data: module DataIO has no such input: it takes data/,
    ],
    [
      'a reference that is not a list',
      { dataio_0: { module: 'DataIO', input: { data: { data: 'args.d' } } } },
      /input\.data\.data: expected a list of texts, got "args\.d"/,
    ],
    [
      'a reference without an output name',
      { dataio_0: { module: 'DataIO', input: { data: { data: ['dataio_1'] } } } },
      /expected "component\.output" or, for data, "args\.key"/,
    ],
    [
      'a reference to no component',
      { dataio_0: { module: 'DataIO', input: { data: { data: ['reader_0.t'] } } } },
      /"reader_0\.t" names no component of this DSL/,
    ],
    [
      'a reference to another output',
      {
        dataio_0: dataIo,
        intersection_0: { module: 'Intersection', input: { data: { data: ['dataio_0.other'] } } },
      },
      /"dataio_0\.other" is not produced: dataio_0 declares the data output "t"/,
    ],
    [
      'a model of a module that makes none',
      {
        dataio_0: dataIo,
        intersection_0: {
          module: 'Intersection',
          input: { data: { data: ['dataio_0.t'] } },
          output: { data: ['t'], model: ['m'] },
        },
        hetero_lr_0: {
          module: 'HeteroLR',
          input: { data: { train_data: ['dataio_0.t'] }, isometric_model: ['intersection_0.m'] },
        },
      },
      /module Intersection makes no model/,
    ],
    [
      'a model for a module that takes none',
      {
        dataio_0: { ...dataIo, output: { data: ['t'], model: ['m'] } },
        intersection_0: {
          module: 'Intersection',
          input: { data: { data: ['dataio_0.t'] }, model: ['dataio_0.m'] },
        },
      },
      /module Intersection takes no model/,
    ],
    [
      'a trained pipeline',
      { dataio_0: { ...dataIo, input: { ...dataIo.input, model: ['pipeline.dataio_0.m'] } } },
      /reads a trained pipeline: name it with model_id and model_version in job_parameters/,
    ],
    [
      'two outputs of one kind',
      { dataio_0: { ...dataIo, output: { data: ['a', 'b'] } } },
      /output\.data: expected one name, got 2: a, b/,
    ],
    [
      'need_deploy that is no boolean',
      { dataio_0: { ...dataIo, need_deploy: 'yes' } },
      /need_deploy: expected true or false, got "yes"/,
    ],
    [
      'a cycle',
      {
        intersection_0: {
          module: 'Intersection',
          input: { data: { data: ['intersection_1.t'] } },
          output: { data: ['t'] },
        },
        intersection_1: {
          module: 'Intersection',
          input: { data: { data: ['intersection_0.t'] } },
          output: { data: ['t'] },
        },
      },
      /^component dependencies form loop, please check: intersection_0 -> intersection_1 -> intersection_0$/,
    ],
  ]
  for (const [name, components, message] of cases) {
    it(`refuses ${name}`, () => assert.match(failure(components), message))
  }
})

describe('parseFateDsl of version 2', () => {
  it('takes names without numbers, or with gaps in them, which version 1 refuses', () => {
    const components = { 'scale-all': { module: 'DataIO' }, reader_7: { module: 'DataIO' } }
    const parsed = parseFateDsl({ components }, modules, { version: 2 })
    assert.deepEqual(
      parsed.map(({ name }) => name),
      ['scale-all', 'reader_7'],
    )
    assert.throws(() => parseFateDsl({ components }, modules), FlowError)
    for (const name of ['../x', 'a.b', '', '_a', 'x'.repeat(65)]) {
      assert.throws(
        () =>
          parseFateDsl({ components: { [name]: { module: 'DataIO' } } }, modules, { version: 2 }),
        FlowError,
      )
    }
  })
})

describe('parseFateDsl of a job with an earlier model', () => {
  const reading = (...model: string[]) => ({
    components: {
      dataio_0: { module: 'DataIO', output: { model: ['m'] } },
      dataio_1: { module: 'DataIO', input: { model } },
    },
  })

  it('reads its pipeline, which is no edge of the graph', () => {
    const [, second] = parseFateDsl(reading('pipeline.other_3.x'), modules, { pipeline: true })
    assert.deepEqual(second.needs, [])
    assert.deepEqual(second.models, [
      { slot: 'model', refs: [{ type: 'pipeline', node: 'other_3', output: 'x' }] },
    ])
  })

  it('refuses models of both jobs in one slot', () => {
    assert.throws(
      () => parseFateDsl(reading('dataio_0.m', 'pipeline.other_3.x'), modules, { pipeline: true }),
      /expected models of this job or of a trained pipeline, not of both/,
    )
  })
})
