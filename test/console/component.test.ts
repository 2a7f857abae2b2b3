import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import type { FileStore } from '../../src/api/deps.ts'
import { part, policyBreaches, textOf } from './html.ts'
import { seedModels } from './seed-models.ts'
import { seedFinished, seedRunning, type TestConsole, testConsole } from './seed.ts'

describe('the page of a component', () => {
  let test: TestConsole
  let models = ''
  let finished = ''
  const asked: unknown[] = []

  before(async () => {
    test = await testConsole({ files: fakeFiles(asked) })
    models = (await seedModels(test.db)).id
    finished = (await seedFinished(test.db)).id
  })
  after(() => test.close())

  const model = (name: string, query = '') =>
    test.page(`/jobs/${models}/components/${name}?tab=model${query}`)

  it('every tab of every component keeps the content policy and has ids of its own', async () => {
    const names = [
      'hetero_feature_binning_0',
      'hetero_feature_selection_0',
      'hetero_pearson_0',
      'feature_scale_0',
      'hetero_kmeans_0',
      'secureboost_0',
      'evaluation_0',
    ]
    const tabs = ['results', 'model', 'data', 'parameters', 'log', 'messages', 'attempts']
    for (const name of names) {
      for (const tab of tabs) {
        const path = `/jobs/${models}/components/${name}?tab=${tab}`
        const { status, html } = await test.page(path)
        assert.equal(status, 200, path)
        assert.deepEqual(policyBreaches(html), [], path)
        const ids = [...html.matchAll(/ id="([^"]*)"/g)].map((match) => match[1])
        assert.equal(new Set(ids).size, ids.length, path)
      }
    }
  })

  it('binning draws information values and the bins of the feature that is asked for', async () => {
    const first = await model('hetero_feature_binning_0')
    // The host's feature has the largest information value of all.
    assert.match(textOf(first.html), /Bins of host_10000_0/)
    const chosen = await model('hetero_feature_binning_0', '&at=guest:9999&feature=mean_texture')
    const text = textOf(part(chosen.html, 'model'))
    assert.match(text, /Bins of mean_texture/)
    assert.match(text, /3 -0\.5 to 0 0 0 30 25 0\.545455/)
    assert.match(text, /mean_texture · drawn above own 5 1\.2 monotonic/)
  })

  it('a host without labels shows split points only', async () => {
    const { html } = await model('hetero_feature_binning_0', '&at=host:10000')
    const text = textOf(part(html, 'model'))
    assert.match(text, /split points only/)
    assert.match(text, /worst_area own 3 – – -0\.5 0\.25 3/)
  })

  it('trees are drawn one by one: own splits with their value, those of hosts without', async () => {
    const first = textOf(part((await model('secureboost_0')).html, 'model'))
    assert.match(first, /Tree 1 of 2/)
    assert.match(first, /0 guest mean_radius ≤ 0\.125 1 2/)
    assert.match(first, /1 host\.0 its split 7 3 4/)
    assert.match(first, /3 leaf 0\.25/)
    const second = textOf(part((await model('secureboost_0', '&tree=1')).html, 'model'))
    assert.match(second, /Tree 2 of 2/)
    assert.match(second, /its split 8/)
    const host = textOf(part((await model('secureboost_0', '&at=host:10000')).html, 'model'))
    assert.match(host, /1 1 worst_area 0\.3125/)
  })

  it('correlations are heat maps with every coefficient behind them', async () => {
    const text = textOf(part((await model('hetero_pearson_0')).html, 'model'))
    assert.match(text, /Correlation of own features/)
    assert.match(text, /Correlation across parties/)
    assert.match(text, /mean_texture 0\.841471 -0\.25/)
    assert.match(text, /Variance inflation/)
  })

  it('selection says what every filter left and measured, clusters how large they are', async () => {
    const selection = textOf(part((await model('hetero_feature_selection_0')).html, 'model'))
    assert.match(selection, /2 of 3 columns are left/)
    assert.match(selection, /mean_area ✗ 0\.2 ✗ no/)
    const clusters = textOf(part((await model('hetero_kmeans_0')).html, 'model'))
    assert.match(clusters, /cluster 2 365/)
    assert.match(clusters, /mean_texture 1 2 3/)
  })

  it('the confusion matrix carries every threshold for its slider, and shows the one at one half', async () => {
    const { html } = await test.page(`/jobs/${models}/components/evaluation_0?tab=results`)
    const cuts = /data-confusion="([^"]*)"/.exec(html)?.[1] ?? '[]'
    assert.equal((JSON.parse(cuts) as unknown[]).length, 50)
    const text = textOf(html)
    assert.match(text, /At threshold 0\.49/)
    assert.match(text, /Precision over recall of evaluation_0/)
    assert.match(text, /F1 score of evaluation_0/)
  })

  it('a model of a form nobody knows, or a broken one, is still a page', async () => {
    const { db } = test
    await db
      .updateTable('artifact')
      .set({
        preview: JSON.stringify({
          param: { trees: [{ tree: 'x' }], localCorr: 3, weight: null },
        }) as never,
      })
      .where('task_id', '=', `${models}_feature_scale_0_guest_9999`)
      .execute()
    const { status, html } = await model('feature_scale_0')
    assert.equal(status, 200)
    assert.match(textOf(html), /localCorr 3/)
  })

  it('rows are read page by page where they lie, in the place that the task has', async () => {
    asked.length = 0
    const path = `/jobs/${finished}/components/dataio_0?tab=data&at=host:10000&offset=60`
    const text = textOf(part((await test.page(path)).html, 'data'))
    assert.deepEqual(asked, [
      {
        place: {
          site: 'site-1',
          jobId: finished,
          role: 'host',
          party: '10000',
          node: 'dataio_0',
          output: 'train',
        },
        slice: { offset: 50, limit: 50 },
      },
    ])
    assert.match(text, /row 50 1/)
    assert.match(text, /Rows 51 to 51 of 569 rows First Previous Next Last/)
    const last = await test.page(`${path}&offset=550`)
    assert.equal(last.status, 200)
  })

  it('rows come as a file with their heading', async () => {
    const path = `/jobs/${finished}/components/dataio_0/rows.csv?at=guest:9999`
    const response = await test.app.request(path)
    assert.equal(response.status, 200)
    assert.match(response.headers.get('content-disposition') ?? '', /dataio_0-guest-9999/)
    assert.equal(await response.text(), 'id,y,mean_radius,mean_texture\na,1\nb,2\n')
    const missing = await test.app.request(
      `/jobs/${finished}/components/dataio_0/rows.csv?at=arbiter:1`,
    )
    assert.equal(missing.status, 404)
  })

  it('where the rows are elsewhere the first hundred are paged through, and the file is refused', async () => {
    const bare = await testConsole()
    const { id } = await seedFinished(bare.db)
    const path = `/jobs/${id}/components/dataio_0`
    const text = textOf(part((await bare.page(`${path}?tab=data&offset=50`)).html, 'data'))
    assert.match(text, /Rows 51 to 100 of 569 rows First Previous Only the first 100 rows are here/)
    const file = await bare.app.request(`${path}/rows.csv`)
    assert.equal(file.status, 503)
    await bare.close()
  })

  it('rows that a party keeps to itself are shown to nobody, wherever they lie', async () => {
    const kept = (await seedFinished(test.db)).id
    await test.db
      .updateTable('artifact')
      .set({ preview: null })
      .where('job_id', '=', kept)
      .where('kind', '=', 'table')
      .execute()
    asked.length = 0
    const path = `/jobs/${kept}/components/dataio_0`
    const { html } = await test.page(`${path}?tab=data`)
    assert.match(textOf(html), /rows stay with guest 9999/)
    assert.equal((await test.app.request(`${path}/rows.csv`)).status, 503)
    assert.deepEqual(asked, [])
  })

  it('its log is narrowed by party and text, and grows over the stream while the job runs', async () => {
    const { job } = await seedRunning(test.db)
    const path = `/jobs/${job.id}/components/hetero_lr_0`
    const { html } = await test.page(
      `${path}?tab=log&task=${job.id}_hetero_lr_0_arbiter_10000&text=iteration 3`,
    )
    const lines = textOf(html.split('id="log-lines"')[1])
    assert.match(lines, /hetero_lr_0 · arbiter 10000 iteration 3/)
    assert.ok(!lines.includes('iteration 2'))
    assert.match(html, /hx-sse:connect="\/jobs\/\d+\/live\?[^"]*only=log/)
    assert.ok(!/hx-trigger="every/.test(html))
    const fragment = await test.page(`${path}/log?text=iteration 1`, true)
    assert.ok(!fragment.html.includes('<html'))
    assert.match(textOf(fragment.html), /iteration 1/)
  })
})

/** Two rows a file, and pages that say which row they begin with. */
function fakeFiles(asked: unknown[]): FileStore {
  const no = () => Promise.reject(new Error('not asked for here'))
  return {
    checkImport: no,
    spool: no,
    openSpool: no,
    dropSpool: no,
    openRows: () => Promise.resolve({ lines: () => [new TextEncoder().encode('a,1\nb,2\n')] }),
    readRows(place, slice) {
      asked.push({ place, slice })
      return Promise.resolve([[`row ${slice.offset}`, 1]])
    },
  }
}
