import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { matchedRows } from '../../../src/component/io/matched-rows.ts'
import type { Frame } from '../../../src/compute/ml/frame.ts'
import { runComponent } from '../../helpers/parties.ts'

const ROWS: Frame = {
  kind: 'raw',
  idName: 'uid',
  ids: ['c', 'a', 'b'],
  columns: [{ name: 'x', type: 'text', values: ['3', '1', '2'] }],
}

function ids(...names: string[]): Frame {
  return { kind: 'raw', idName: 'uid', ids: names, columns: [] }
}

async function keep(matched: Frame | undefined, params: object = {}): Promise<Frame> {
  const frames = [ROWS, ...(matched ? [matched] : [])]
  const run = await runComponent(matchedRows, {
    members: { guest: ['1'] },
    params,
    tables: { 'guest:1': { data: frames.map((frame) => ({ source: 'args', frame })) } },
  })
  assert.equal(run.wire.length, 0)
  return run.parties['guest:1'].tables[0]
}

describe('MatchedRows', () => {
  it('keeps the rows that were matched, in the order of the match', async () => {
    const { ids: kept, columns } = await keep(ids('b', 'c'))
    assert.deepEqual(
      [kept, columns[0].values],
      [
        ['b', 'c'],
        ['2', '3'],
      ],
    )
  })

  it('keeps the rows that are named, and passes over those that are not there', async () => {
    assert.deepEqual((await keep(undefined, { ids: ['a', 'nobody'] })).ids, ['a'])
  })

  it('says so when the data set has lost rows since, and names none of them', async () => {
    await assert.rejects(keep(ids('a', 'gone')), (error: Error) => {
      assert.match(error.message, /has lost 1 of 2 matched ids/)
      assert.ok(!error.message.includes('gone'))
      return true
    })
  })

  it('needs ids', async () => {
    await assert.rejects(keep(undefined), /needs a data set and the ids/)
  })
})
