import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { alertsFor } from '../../../src/api/openpai/alert.ts'
import { EVERYBODY } from '../../../src/domain/principal.ts'
import { testApp, type TestApp } from '../../helpers/app.ts'
import { claim, enterHost, submit } from '../../helpers/framework.ts'

const MINUTES = 60_000

describe('alerts of OpenPAI', () => {
  let app: TestApp
  before(async () => {
    app = await testApp()
    await enterHost(app.db)
  })
  after(() => app.close())
  const named = async (caller: typeof EVERYBODY, later = 0) =>
    (await alertsFor(app.db, caller, Date.now() + later)).map(
      ({ labels }) => `${labels['alertname']} ${labels['job_name'] ?? labels['runner']}`,
    )

  it('are none while all is well', async () => {
    const answer = await app.app.request('/api/v2/alerts')
    assert.deepEqual(await answer.json(), [])
  })

  it('tell owners of their jobs that wait long, and administrators of all', async () => {
    await submit(app.db, { owner: 'ann', name: 'runs' })
    await claim(app.db)
    await submit(app.db, { owner: 'ann', name: 'waits' })
    await submit(app.db, { owner: 'bob', name: 'waits' })
    const ann = { ...EVERYBODY, name: 'ann', admin: false }
    assert.deepEqual(await named(ann, 9 * MINUTES), [])
    assert.deepEqual(await named(ann, 11 * MINUTES), ['JobWaits ann~waits'])
    assert.deepEqual(await named(EVERYBODY, 11 * MINUTES), [
      'JobWaits ann~waits',
      'JobWaits bob~waits',
    ])
  })

  it('tell administrators of a host that is silent, in the form of Prometheus', async () => {
    const seen = Date.now() - 20 * MINUTES
    await app.db.updateTable('runner').set({ seen_at: seen }).execute()
    const answer = await app.app.request('/api/v2/alerts')
    assert.deepEqual(await answer.json(), [
      {
        activeAt: new Date(seen).toISOString(),
        annotations: {
          summary: `Runner "r" has not been heard of since ${new Date(seen).toISOString()}`,
        },
        labels: { alertname: 'RunnerNotSeen', severity: 'error', host: 'r', runner: 'r' },
        state: 'firing',
        value: '1e+00',
      },
    ])
    assert.deepEqual(await named({ ...EVERYBODY, name: 'ann', admin: false }), [])
    await app.db.updateTable('runner').set({ state: 'gone' }).execute()
    assert.deepEqual(await named(EVERYBODY), [])
  })
})
