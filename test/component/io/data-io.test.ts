import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Model } from '../../../src/component/define.ts'
import { DataIOParam } from '../../../src/component/io/data-io-param.ts'
import { dataIo } from '../../../src/component/io/data-io.ts'
import { column, features, label, type Frame } from '../../../src/compute/ml/frame.ts'
import { runComponent, type PartyOutcome } from '../../helpers/parties.ts'

/** A table as uploaded: the first line is the header. */
function raw(text: string): Frame {
  const [head, ...lines] = text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(','))
  return {
    kind: 'raw',
    idName: head[0],
    ids: lines.map((cells) => cells[0]),
    columns: head.slice(1).map((name, at) => {
      return { name, type: 'text', values: lines.map((cells) => cells[at + 1] ?? '') }
    }),
  }
}

async function run(frame: Frame, params: object = {}, model?: Model): Promise<PartyOutcome> {
  const { parties } = await runComponent(dataIo, {
    members: { guest: ['1'] },
    params,
    tables: { 'guest:1': { data: frame } },
    models: model && { 'guest:1': { model } },
  })
  return parties['guest:1']
}

function numbers(frame: Frame, name: string): number[] {
  return [...(column(frame, name).values as Float64Array)]
}

const TABLE = raw(`
  id,y,a,b
  r1,1,0.5,-1
  r2,0,,2e1
  r3,1,2.5,NA
`)
const LABELLED = { with_label: true }

describe('DataIO', () => {
  it('reads numbers and the label, and fills missing values with 0', async () => {
    const { tables } = await run(TABLE, LABELLED)
    assert.deepEqual(tables[0], {
      kind: 'data',
      idName: 'id',
      ids: ['r1', 'r2', 'r3'],
      labelName: 'y',
      columns: [
        { name: 'y', type: 'number', values: Float64Array.of(1, 0, 1) },
        { name: 'a', type: 'number', values: Float64Array.of(0.5, 0, 2.5) },
        { name: 'b', type: 'number', values: Float64Array.of(-1, 20, 0) },
      ],
    })
  })

  it('takes every column as a feature where there is no label', async () => {
    const { tables } = await run(TABLE)
    assert.equal(label(tables[0]), undefined)
    assert.deepEqual(
      features(tables[0]).map(({ name }) => name),
      ['y', 'a', 'b'],
    )
  })

  it('finds the label by position or by name, wherever it stands', async () => {
    const text = { ...LABELLED, label_name: 'b', label_type: 'float' }
    await assert.rejects(
      run(TABLE, text),
      /Label column "b" holds "NA" in row "r3", expected a number/,
    )
    for (const where of [{ label_idx: 2 }, { label_name: 'z', label_idx: 0 }]) {
      const table = raw('id,a,b,z\nr1,1,2,7\nr2,3,4,8')
      const { tables } = await run(table, { ...LABELLED, ...where })
      assert.equal(tables[0].labelName, 'z')
      assert.deepEqual(
        features(tables[0]).map(({ name }) => name),
        ['a', 'b'],
      )
    }
  })

  it('fills with the least, greatest or mean value of the column, or one number a column', async () => {
    const table = raw('id,a,b\nr1,1,NULL\nr2,3,4\nr3,null,6\nr4,2,')
    const filled = async (params: object): Promise<number[]> => {
      const { tables } = await run(table, params)
      return [numbers(tables[0], 'a')[2], numbers(tables[0], 'b')[0]]
    }
    assert.deepEqual(await filled({ missing_fill_method: 'min' }), [1, 4])
    assert.deepEqual(await filled({ missing_fill_method: 'max' }), [3, 6])
    assert.deepEqual(await filled({ missing_fill_method: 'mean' }), [2, 5])
    assert.deepEqual(
      await filled({ missing_fill_method: 'designated', default_value: '-1' }),
      [-1, -1],
    )
    assert.deepEqual(await filled({ default_value: [8, 9] }), [8, 9])
    await assert.rejects(
      filled({ default_value: [8] }),
      /default_value has no entry for column "b"/,
    )
  })

  it('warns where a column has no value to take a mean of', async () => {
    const { tables, warnings } = await run(raw('id,a\nr1,NA\nr2,NA'), {
      missing_fill_method: 'mean',
      default_value: 3,
    })
    assert.deepEqual(numbers(tables[0], 'a'), [3, 3])
    assert.match(warnings[0], /"a" has no value to take the mean of: 3 is used/)
  })

  it('replaces outliers that are named, in any spelling of the number', async () => {
    const table = raw('id,a\nr1,-9999\nr2,4\nr3,-9999.0\nr4,6\nr5,bad')
    const params = { outlier_impute: [-9999, 'bad'], outlier_replace_method: 'mean' }
    assert.deepEqual(numbers((await run(table, params)).tables[0], 'a'), [5, 4, 5, 6, 5])
    await assert.rejects(run(table, { ...params, outlier_replace: false }), /"bad" in row "r5"/)
  })

  it('names row, column and value of what it cannot read', async () => {
    const table = raw('id,y,a\nr1,1,2\nr2,0.5,abc')
    await assert.rejects(run(table), /Column "a" holds "abc" in row "r2", expected a number/)
    await assert.rejects(
      run(table, { ...LABELLED, missing_impute: ['abc'] }),
      /Label column "y" holds "0.5" in row "r2", expected a whole number \(int\)/,
    )
    await assert.rejects(run(TABLE, { missing_fill: false }), /Column "a" holds "" in row "r2"/)
    await assert.rejects(run(raw('id,a\nr1,1.5'), { data_type: 'int' }), /expected a whole number/)
    const mixed = { data_type: 'int', exclusive_data_type: { a: 'float' } }
    assert.deepEqual(numbers((await run(raw('id,a,b\nr1,1.5,2'), mixed)).tables[0], 'a'), [1.5])
  })

  it('says which columns there are when the label is not among them', async () => {
    const message =
      /no column "target" to take the label from \(label_name\): the table has y, a, b/
    await assert.rejects(run(TABLE, { ...LABELLED, label_name: 'target' }), message)
    await assert.rejects(
      run(TABLE, { ...LABELLED, label_idx: 3 }),
      /no column 3 .* 3 columns, y, a, b/,
    )
  })

  it('refuses to fill numbers with text', () => {
    for (const name of ['default_value', 'outlier_replace_value']) {
      assert.throws(
        () => dataIo.params.parse({ [name]: 'none' }),
        new RegExp(`${name} must be a number, or one a column`),
      )
    }
  })

  it('refuses labels and features of text, duplicate columns and tables that are read already', async () => {
    assert.throws(
      () => DataIOParam.parse({ label_type: 'str' }),
      /must be numbers: .*str.* is not supported/,
    )
    assert.throws(() => DataIOParam.parse({ data_type: 'str' }), /must be numbers/)
    await assert.rejects(run(raw('id,a,a\nr1,1,2')), /two columns "a"/)
    const { tables } = await run(TABLE)
    await assert.rejects(run(tables[0]), /column "y" holds numbers already/)
  })

  it('splits cells at another delimiter', async () => {
    const table = raw('id,y;a;b\nr1,1;2;3\nr2,0;4;5')
    const { tables } = await run(table, { ...LABELLED, delimitor: ';' })
    assert.deepEqual(
      [numbers(tables[0], 'y'), numbers(tables[0], 'b')],
      [
        [1, 0],
        [3, 5],
      ],
    )
    const ragged = raw('id,y;a\nr1,1;2\nr2,0;4;5')
    await assert.rejects(run(ragged, { delimitor: ';' }), /Row "r2" has 3 cells/)
  })

  it('shows what it learnt in the wire names', async () => {
    const { models } = await run(TABLE, {
      ...LABELLED,
      missing_fill_method: 'max',
      outlier_impute: ['x'],
    })
    assert.equal(models[0].name, 'DataIO')
    assert.deepEqual(models[0].param, {
      header: ['a', 'b'],
      sidName: 'id',
      labelName: 'y',
      imputerParam: {
        missingReplaceValue: { a: '2.5', b: '20' },
        missingValueRatio: { a: 1 / 3, b: 1 / 3 },
      },
      outlierParam: {
        outlierReplaceValue: { a: '0', b: '0' },
        outlierValueRatio: { a: 0, b: 0 },
      },
    })
    assert.equal(models[0].meta.withLabel, true)
    assert.deepEqual(models[0].meta.imputerMeta, {
      isImputer: true,
      strategy: 'max',
      missingValue: [],
    })
  })
})

describe('DataIO with an earlier model', () => {
  async function fitted(): Promise<Model> {
    const { models } = await run(TABLE, { ...LABELLED, missing_fill_method: 'mean' })
    return JSON.parse(JSON.stringify(models[0]))
  }

  it('reads other rows with the same columns and fill values, whatever its own parameters', async () => {
    const other = raw('id,b,extra,y,a\ns1,5,zzz,0,NA\ns2,,zzz,1,9')
    const { tables, models } = await run(other, { missing_fill_method: 'min' }, await fitted())
    assert.deepEqual(
      tables[0].columns.map(({ name }) => name),
      ['y', 'a', 'b'],
    )
    assert.deepEqual(numbers(tables[0], 'a'), [1.5, 9])
    assert.deepEqual(numbers(tables[0], 'b'), [5, 9.5])
    assert.deepEqual(models[0].state, (await fitted()).state)
  })

  it('leaves the label out where the table has none', async () => {
    const { tables, logs } = await run(raw('id,a,b\ns1,1,2'), {}, await fitted())
    assert.equal(tables[0].labelName, undefined)
    assert.deepEqual(
      features(tables[0]).map(({ name }) => name),
      ['a', 'b'],
    )
    assert.match(logs[0].text, /no column "y"/)
  })

  it('names the columns that are missing', async () => {
    await assert.rejects(
      run(raw('id,y,b\ns1,1,2'), {}, await fitted()),
      /lacks "a", which the model was/,
    )
    const foreign = { name: 'FeatureScale', param: {}, meta: {} }
    await assert.rejects(
      run(TABLE, {}, foreign),
      /cannot transform with a model of kind FeatureScale/,
    )
  })
})

describe('DataIO of pairs and tags', () => {
  const PAIRS = raw('id,cells\nr1,1 2:0.5 10:3\nr2,0 10:-1 1:4')

  it('reads sparse rows, a missing index as 0, columns in the order of their index', async () => {
    const { tables } = await run(PAIRS, { ...LABELLED, input_format: 'sparse', delimitor: ' ' })
    assert.deepEqual(
      tables[0].columns.map(({ name }) => name),
      ['label', '1', '2', '10'],
    )
    assert.deepEqual(numbers(tables[0], 'label'), [1, 0])
    assert.deepEqual(numbers(tables[0], '1'), [0, 4])
    assert.deepEqual(numbers(tables[0], '10'), [3, -1])
  })

  it('keeps to the columns of the model for other rows', async () => {
    const params = { ...LABELLED, input_format: 'sparse', delimitor: ' ' }
    const { models } = await run(PAIRS, params)
    const { tables } = await run(raw('id,cells\ns1,1 77:5 2:8'), {}, models[0])
    assert.deepEqual(
      tables[0].columns.map(({ name }) => name),
      ['label', '1', '2', '10'],
    )
    assert.deepEqual([numbers(tables[0], '2'), numbers(tables[0], '10')], [[8], [0]])
  })

  it('reads tags as 1, or with their values, from rows of any length', async () => {
    const tags = raw('id,t1,t2,t3\nr1,red,big,\nr2,big,,')
    const { tables } = await run(tags, { input_format: 'tag' })
    assert.deepEqual(
      tables[0].columns.map(({ name }) => name),
      ['big', 'red'],
    )
    assert.deepEqual(
      [numbers(tables[0], 'big'), numbers(tables[0], 'red')],
      [
        [1, 1],
        [1, 0],
      ],
    )
    const valued = raw('id,t1,t2\nr1,red=2,big=-1.5\nr2,big=4,')
    const params = { input_format: 'tag', tag_with_value: true, tag_value_delimitor: '=' }
    const read = (await run(valued, params)).tables[0]
    assert.deepEqual(
      [numbers(read, 'big'), numbers(read, 'red')],
      [
        [-1.5, 4],
        [2, 0],
      ],
    )
  })

  it('names the row and cell of what it cannot read', async () => {
    const sparse = { input_format: 'sparse', delimitor: ' ' }
    await assert.rejects(run(PAIRS, sparse), /Row "r1" has "1", expected index:value/)
    await assert.rejects(run(raw('id,c\nr1,1:2 1:3'), sparse), /Row "r1" has "1" twice/)
    await assert.rejects(run(raw('id,c\nr1,x:2'), sparse), /Row "r1" has "x:2"/)
    const valued = { input_format: 'tag', tag_with_value: true }
    await assert.rejects(run(raw('id,c\nr1,red:much'), valued), /"red:much", expected tag:value/)
    await assert.rejects(
      run(raw('id,c\nr1,a:1'), { ...sparse, ...LABELLED }),
      /"a:1" where its label/,
    )
  })
})
