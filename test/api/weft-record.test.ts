import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import type { z } from '@hono/zod-openapi'

import {
  WeftAttempts,
  WeftLog,
  WeftRunner,
  WeftRunners,
  WeftRunnerUse,
} from '../../src/api/weft/record-schema.ts'
import { WeftError, WeftEvents } from '../../src/api/weft/schema.ts'
import { beatRunner, listRunners } from '../../src/domain/runner.ts'
import type { LeasedTask } from '../../src/domain/work.ts'
import { type FakeRunner, startRunner, testApp, type TestApp } from '../helpers/app.ts'
import { submit } from '../helpers/jobs.ts'

describe("Weft's own API: runners and attempts", () => {
  let test: TestApp
  let runner: FakeRunner
  let id: string
  let task: LeasedTask

  async function ask<S extends z.ZodType>(
    schema: S,
    path: string,
    options: { method?: string; status?: number } = {},
  ): Promise<z.output<S>> {
    const { method = 'GET', status = 200 } = options
    const response = await test.app.request(`/api/weft${path}`, { method })
    const text = await response.text()
    assert.equal(response.status, status, text)
    return schema.parse(JSON.parse(text))
  }

  before(async () => {
    test = await testApp()
    runner = await startRunner(test.db)
    id = (await listRunners(test.db))[0].id
    await submit(test.db, { at: Date.now() })
    ;[task] = await runner.claim(8)
    await runner.report(
      task,
      { type: 'log', level: 'debug', text: 'opened' },
      { type: 'log', level: 'info', text: 'loss 0.5' },
      { type: 'log', level: 'warn', text: 'slow' },
    )
  })
  after(() => test.close())

  it('lists runners with what each works on', async () => {
    const { runners } = await ask(WeftRunners, '/runners')
    assert.equal(runners.length, 1)
    assert.deepEqual([runners[0].id, runners[0].state, runners[0].live], [id, 'active', true])
    const own = runners[0].tasks.find(({ taskId }) => taskId === task.taskId)
    assert.deepEqual([runners[0].tasks.length, own?.attempt], [2, 1])
  })

  it('shows how busy a runner was, but not the fact that names its token', async () => {
    await test.db
      .updateTable('runner')
      .set({ facts: JSON.stringify({ host: 'h', gateway: 'secret' }) as never })
      .execute()
    const gpus = [{ id: '0', use: 0.5, memoryMb: 100 }]
    await beatRunner(test.db, {
      id,
      state: 'active',
      sample: { cpu: 0.25, memoryMb: 512, tasks: 2, gpus },
    })
    const found = await ask(WeftRunnerUse, `/runners/${id}`)
    const [{ at: _at, ...sample }] = found.samples
    assert.deepEqual(sample, { cpu: 0.25, memoryMb: 512, tasks: 2, gpus })
    assert.deepEqual(found.facts, { host: 'h' })
    await ask(WeftError, '/runners/nobody', { status: 404 })
  })

  it('drains and activates; refuses to remove a runner that is live or at work', async () => {
    const live = await ask(WeftError, `/runners/${id}`, { method: 'DELETE', status: 409 })
    assert.match(live.error.message, /it is live; drain it first/)
    const drained = await ask(WeftRunner, `/runners/${id}/drain`, { method: 'POST' })
    assert.deepEqual([drained.state, drained.tasks.length], ['draining', 2])
    const busy = await ask(WeftError, `/runners/${id}`, { method: 'DELETE', status: 409 })
    assert.match(busy.error.message, /still holds 2 tasks/)
    const again = await ask(WeftRunner, `/runners/${id}/activate`, { method: 'POST' })
    assert.equal(again.state, 'active')
  })

  it('lists the attempts at a task with their events and their log, paged and narrowed', async () => {
    const base = `/jobs/${task.jobId}/tasks/${encodeURIComponent(task.taskId)}/attempts`
    const { attempts } = await ask(WeftAttempts, base)
    assert.deepEqual(
      attempts.map(({ number, state, runner: by }) => [number, state, by.id]),
      [[1, 'running', id]],
    )
    const { events } = await ask(WeftEvents, `${base}/1/events`)
    assert.deepEqual(
      events.map(({ type, attemptId }) => [type, attemptId]),
      [['task.leased', task.attemptId]],
    )
    const texts = async (query: string) =>
      (await ask(WeftLog, `${base}/1/log?${query}`)).lines.map(({ text }) => text)
    assert.deepEqual(await texts(''), ['opened', 'loss 0.5', 'slow'])
    assert.deepEqual(await texts('level=info&limit=1'), ['slow'])
    assert.deepEqual(await texts('text=LOSS'), ['loss 0.5'])
    const { lines } = await ask(WeftLog, `${base}/1/log`)
    assert.deepEqual(await texts(`before=${lines[2].id}&limit=1`), ['loss 0.5'])
    assert.deepEqual(await texts(`after=${lines[0].id}&limit=1`), ['loss 0.5'])
    const none = await ask(WeftError, `${base}/2/log`, { status: 404 })
    assert.match(none.error.message, /has no attempt 2: it has been tried 1 times/)
    await ask(WeftError, `/jobs/${task.jobId}/tasks/nobody/attempts`, { status: 404 })
  })

  it('a removed runner is off the list; its attempts keep its name', async () => {
    const { name } = (await listRunners(test.db))[0]
    await test.db.deleteFrom('lease').execute()
    await ask(WeftRunner, `/runners/${id}/drain`, { method: 'POST' })
    assert.equal((await ask(WeftRunner, `/runners/${id}`, { method: 'DELETE' })).state, 'removed')
    assert.deepEqual((await ask(WeftRunners, '/runners')).runners, [])
    const path = `/jobs/${task.jobId}/tasks/${encodeURIComponent(task.taskId)}/attempts`
    const { attempts } = await ask(WeftAttempts, path)
    assert.equal(attempts[0].runner.name, name)
  })
})
