import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'

import { describeDataset, loadDataset, readDatasetList } from '../../../src/runner/data/dataset.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const LOANS = 'age,uid,job\n31,u1,cook\n44,u2,\n52,u3,nurse\n'

describe('the list of data sets', () => {
  let folder: string
  before(async () => {
    folder = await temporaryFolder()
    await writeFile(join(folder, 'loans.csv'), LOANS)
  })
  async function list(entries: unknown, parties: readonly string[] | null = ['9999']) {
    const path = join(folder, 'datasets.json')
    await writeFile(path, typeof entries === 'string' ? entries : JSON.stringify(entries))
    return readDatasetList(path, { parties })
  }

  const loans = {
    name: 'loans',
    source: { type: 'csv', path: 'loans.csv' },
    index: 'uid',
    features: ['age'],
  }

  it('offers the listed columns, with their types, and no path', async () => {
    const [entry] = await list([{ ...loans, features: ['age', 'job'] }])
    assert.deepEqual(await describeDataset(entry), {
      party: '9999',
      name: 'loans',
      index: 'uid',
      features: [
        { name: 'age', dtype: 'float' },
        { name: 'job', dtype: 'string' },
      ],
    })
  })

  it('says how much trainings may tell of its labels, where its owner limits that', async () => {
    const [entry] = await list([{ ...loans, maxEpsilon: 2.5 }])
    assert.equal((await describeDataset(entry)).maxEpsilon, 2.5)
    await assert.rejects(list([{ ...loans, maxEpsilon: 0 }]), /maxEpsilon/)
  })

  it('reads ids from any column, and columns in the order that is asked for', async () => {
    const [entry] = await list([{ ...loans, features: '*' }])
    const frame = await loadDataset(entry, ['job', 'age'])
    assert.deepEqual(frame, {
      kind: 'raw',
      idName: 'uid',
      ids: ['u1', 'u2', 'u3'],
      columns: [
        { name: 'job', type: 'text', values: ['cook', '', 'nurse'] },
        { name: 'age', type: 'text', values: ['31', '44', '52'] },
      ],
    })
  })

  it('gives no column that its owner has not listed', async () => {
    const [entry] = await list([loans])
    await assert.rejects(loadDataset(entry, ['age', 'job']), /does not offer "job"/)
    assert.deepEqual((await loadDataset(entry, [])).columns, [])
  })

  it('finds nothing where there is no list', async () => {
    assert.deepEqual(await readDatasetList(join(folder, 'none.json'), { parties: null }), [])
  })

  it('refuses a list that cannot be, by the entry at fault', async () => {
    await assert.rejects(list('[{'), /not valid JSON/)
    await assert.rejects(list([{ ...loans, index: '' }]), /index/)
    await assert.rejects(list([{ ...loans, path: 'x' }]), /path/)
    await assert.rejects(list([loans, loans]), /two data sets "loans"/)
    await assert.rejects(list([loans], ['1', '2']), /serves several: add "party"/)
    await assert.rejects(list([{ ...loans, party: '1' }]), /does not serve/)
  })

  it('says what is wrong with a source, without its path', async () => {
    const [gone, lacking, ids] = await list([
      { ...loans, name: 'gone', source: { type: 'csv', path: 'gone.csv' } },
      { ...loans, name: 'lacking', features: ['age', 'rent'] },
      { ...loans, name: 'ids', index: 'id' },
    ])
    await assert.rejects(describeDataset(gone), (error: Error) => {
      assert.match(error.message, /"gone" cannot be read \(ENOENT\)/)
      assert.ok(!error.message.includes(folder))
      return true
    })
    await assert.rejects(describeDataset(lacking), /offers "rent".*has age, job/)
    await assert.rejects(describeDataset(ids), /no column "id" to take the ids from/)
  })
})
