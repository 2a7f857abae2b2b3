import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { fakeDocument } from './fake-document.ts'
import { startRunner } from './fake-runner.ts'
import { foreignTexts } from './foreign.ts'
import { textOf } from './html.ts'
import { seedModels } from './seed-models.ts'
import {
  seedBusyRunner,
  seedFailed,
  seedFinished,
  seedRunning,
  seedTables,
  type TestConsole,
  testConsole,
} from './seed.ts'

const CHINESE = { 'accept-language': 'zh-CN,zh;q=0.9,en;q=0.8' }

/** What comes from components, jobs and documents of APIs, and stays as it is there. */
const GIVEN = [/^runner of /, /^fake /]

describe('Chinese pages', () => {
  let test: TestConsole
  const paths: string[] = []

  before(async () => {
    test = await testConsole({ docs: [fakeDocument()] })
    paths.push('/', '/jobs', '/tables', '/models', '/runners', '/parties')
    await startRunner(test.db, ['9999'])
    await seedTables(test.db, await startRunner(test.db))
    const finished = (await seedFinished(test.db)).id
    const failed = (await seedFailed(test.db)).id
    const running = (await seedRunning(test.db)).job.id
    const models = (await seedModels(test.db)).id
    const busy = await seedBusyRunner(test.db)
    const tabs = ['results', 'model', 'data', 'parameters', 'log', 'messages', 'attempts']
    paths.push(
      ...[finished, failed, running, models].map((id) => `/jobs/${id}`),
      ...tabs.map((tab) => `/jobs/${finished}/components/hetero_lr_0?tab=${tab}`),
      ...tabs.map((tab) => `/jobs/${running}/components/evaluation_0?tab=${tab}`),
      ...[
        'hetero_feature_binning_0',
        'hetero_feature_selection_0',
        'hetero_pearson_0',
        'feature_scale_0',
        'hetero_kmeans_0',
        'secureboost_0',
        'evaluation_0',
      ].flatMap((name) =>
        ['guest:9999', 'host:10000'].flatMap((at) =>
          ['model', 'results'].map(
            (tab) => `/jobs/${models}/components/${name}?tab=${tab}&at=${at}`,
          ),
        ),
      ),
      `/jobs/${finished}/parties/host/10000`,
      `/jobs/${finished}/rerun`,
      `/compare?job=${finished}&job=${running}`,
      '/jobs?text=nobody&role=guest&order=longest',
      '/jobs/new',
      '/jobs/new?mode=json',
      '/tables/example/breast_guest',
      '/runners/invite',
      `/runners/${busy.runner.id}`,
      `/runners/${busy.runner.id}?span=day`,
      `/jobs/${busy.tasks[0].jobId}/tasks/${busy.tasks[0].taskId}`,
      `/jobs/${busy.tasks[0].jobId}/tasks/${busy.tasks[0].taskId}?attempt=1&level=warn`,
      '/docs',
      '/docs/fake',
      '/nowhere',
      '/jobs/123',
      `/example?guest=${finished}`,
    )
  })
  after(() => test.close())

  it('have no English sentence of the console left', async () => {
    const found = new Map<string, string>()
    for (const path of paths) {
      const { html } = await test.page(path, false, CHINESE)
      assert.match(html, /<html lang="zh-CN">/, path)
      for (const text of foreignTexts(html, GIVEN)) if (!found.has(text)) found.set(text, path)
    }
    assert.deepEqual(Object.fromEntries(found), {})
  })
})
