import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { claimTasks } from '../../src/domain/lease.ts'
import { applyReports } from '../../src/domain/report.ts'
import { answerCalls, waitingCalls } from '../../src/domain/serving-call.ts'
import { bindService, submitServing } from '../../src/domain/serving.ts'
import { startRunner } from './fake-runner.ts'
import { policyBreaches, textOf } from './html.ts'
import { testConsole } from './seed.ts'

describe('the page of models', () => {
  it('says how to put one online while there is none', async () => {
    const test = await testConsole()
    const { html } = await test.page('/models')
    assert.match(textOf(html), /No model is online/)
    assert.match(textOf(html), /curl -X PUT .*\/api\/weft\/serving\/NAME/)
    await test.close()
  })

  it('shows a service and its state, and the prediction of a row that is tried', async () => {
    const test = await testConsole()
    const { db } = test
    const runner = await startRunner(db, ['9999'])
    const members = { guest: ['9999'] }
    const spec = { type: 'serving', members, steps: [], table: null } as const
    const job = await submitServing(db, {
      modelId: 'guest-9999#model',
      modelVersion: '1',
      members,
      initiator: { role: 'guest', party: '9999' },
      tasks: [{ role: 'guest', party: '9999', position: 0, spec }],
      request: {},
    })
    await bindService(db, { name: 'credit', jobId: job.id })
    assert.match(textOf((await test.page('/models')).html), /credit offline/)
    const early = await test.post('/models/try', { service: 'credit', id: 'a', features: '' })
    assert.equal(early.status, 422)

    const runnerId = runner.id
    const [task] = await claimTasks(db, { runnerId, slots: 1 })
    const { taskId, attemptId } = task
    const progress = { type: 'progress', fraction: 1, taskId, attemptId, at: Date.now() } as const
    await applyReports(db, runnerId, [progress])
    const { html } = await test.page('/models')
    assert.match(textOf(html), /credit online/)
    assert.deepEqual(policyBreaches(html), [])

    const tried = test.post('/models/try', {
      service: 'credit',
      id: 'a',
      features: '{"<b>": 1, "y": null}',
    })
    let calls
    do calls = await waitingCalls(db, { runnerId, attemptId, after: 0 })
    while (calls.length === 0)
    const [{ id, rows }] = calls
    assert.deepEqual(rows, [{ id: 'a', features: { '<b>': 1, y: null } }])
    const results = [{ id: 'a', values: { predict_score: 0.75 } }]
    await answerCalls(db, { runnerId, attemptId, answers: [{ id, results }] })
    const answer = await tried
    assert.equal(answer.status, 200)
    const shown = await answer.text()
    assert.match(textOf(shown), /Answered in \d+ ms.*predict_score.*0\.75/)
    assert.deepEqual(policyBreaches(shown), [])

    for (const features of ['[1]', '{', '{"x": {}}']) {
      const wrong = await test.post('/models/try', { service: 'credit', id: 'a', features })
      assert.equal(wrong.status, 422)
      assert.match(textOf(await wrong.text()), /no JSON object of columns/)
    }
    await test.close()
  })
})
