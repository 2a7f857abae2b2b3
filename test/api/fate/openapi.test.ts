import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { testApp } from '../../helpers/app.ts'
import { matchSnapshot } from '../../helpers/snapshot.ts'

interface Document {
  readonly info: { readonly title: string }
  readonly servers: readonly { readonly url: string }[]
  readonly paths: Record<string, Record<string, { operationId: string }>>
}

describe('the OpenAPI document of FATE-Flow', () => {
  it('has every documented path that is served, and no operation twice', async () => {
    const test = await testApp()
    const response = await test.app.request('/v1/openapi.json')
    const document = (await response.json()) as Document
    assert.equal(document.info.title, 'FATE-Flow REST API')
    assert.deepEqual(document.servers, [{ url: '/v1' }])
    assert.deepEqual(Object.keys(document.paths).toSorted(), [
      '/component/get',
      '/component/list',
      '/data/download',
      '/data/upload',
      '/data/upload/history',
      '/job/cancel',
      '/job/clean',
      '/job/clean/queue',
      '/job/config',
      '/job/data/view/query',
      '/job/dsl/generate',
      '/job/list/job',
      '/job/list/task',
      '/job/log',
      '/job/log/download',
      '/job/query',
      '/job/rerun',
      '/job/stop',
      '/job/submit',
      '/job/task/query',
      '/job/update',
      '/job/url/get',
      '/model/bind',
      '/model/deploy',
      '/model/export',
      '/model/get/predict/conf',
      '/model/get/predict/dsl',
      '/model/import',
      '/model/load',
      '/model/migrate',
      '/model/model_tag/create',
      '/model/model_tag/remove',
      '/model/model_tag/retrieve',
      '/model/online',
      '/model/query',
      '/model/restore',
      '/model/store',
      '/model/tag/create',
      '/model/tag/destroy',
      '/model/tag/list',
      '/model/tag/retrieve',
      '/model/tag/update',
      '/model/version',
      '/pipeline/dag/dependency',
      '/table/bind',
      '/table/delete',
      '/table/table_info',
      '/tracking/component/list',
      '/tracking/component/metric/all',
      '/tracking/component/metric/delete',
      '/tracking/component/metric_data',
      '/tracking/component/metrics',
      '/tracking/component/output/data',
      '/tracking/component/output/data/download',
      '/tracking/component/output/data/table',
      '/tracking/component/output/model',
      '/tracking/component/parameters',
      '/tracking/component/summary/download',
      '/tracking/job/data_view',
      '/version/get',
    ])
    const ids = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    )
    assert.equal(new Set(ids).size, ids.length)
    await test.close()
  })

  it('is the one of the snapshot', async () => {
    const test = await testApp()
    const response = await test.app.request('/v1/openapi.json')
    matchSnapshot('fate.openapi.json', await response.json())
    await test.close()
  })
})
