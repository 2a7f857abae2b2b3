import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { stopJob } from '../../src/domain/job.ts'
import { type LiveEvent, openLive, targetsOf as targets } from './events.ts'
import { textOf } from './html.ts'
import { iterate, seedFinished, seedRunning, type TestConsole, testConsole } from './seed.ts'

function open(
  test: TestConsole,
  job: { id: string },
  options: { query?: string; lastEventId?: string } = {},
): Promise<{ next: () => Promise<LiveEvent>; rest: () => Promise<LiveEvent[]> }> {
  return openLive(test, `/jobs/${job.id}/live?${options.query ?? ''}`, options.lastEventId)
}

describe('live page of a job', () => {
  it('first sends every part as it is, then only what changed', async () => {
    const test = await testConsole()
    const { job, runner, tasks } = await seedRunning(test.db)
    const live = await open(test, job)
    const first = await live.next()
    assert.deepEqual(targets(first), [
      'job-head',
      'graph',
      'tasks',
      'results',
      'ledger',
      'outputs',
      'events',
      'log-lines',
    ])
    const arbiter = tasks.find((task) => task.role === 'arbiter')
    assert.ok(arbiter)
    await iterate(runner, arbiter, 4)
    let seen = ''
    const changed = new Set<string>()
    while (!seen.includes('iteration 4: loss') || !changed.has('results')) {
      const event = await live.next()
      seen += textOf(event.data)
      for (const target of targets(event)) changed.add(target)
    }
    assert.deepEqual([...changed].toSorted(), ['job-head', 'log-lines', 'results', 'tasks'])
    assert.match(seen, /Iteration 5 of 10/)
    await stopJob(test.db, { id: job.id, reason: 'enough' })
    await live.rest()
    await test.close()
  })

  it('ends with a word when the job is over, after the last state and the last line', async () => {
    const test = await testConsole()
    const { job, runner, tasks } = await seedRunning(test.db)
    const live = await open(test, job)
    await live.next()
    await runner.report(tasks[0], { type: 'log', level: 'warn', text: 'the very last line' })
    await runner.settle(tasks[0], { state: 'failed', reason: 'the disk is full' })
    const events = await live.rest()
    assert.equal(events.at(-1)?.event, 'done')
    const text = textOf(events.map((event) => event.data).join(''))
    assert.ok(text.includes('the very last line'))
    assert.match(text, /failed in hetero_lr_0: the disk is full/)
    await test.close()
  })

  it('goes on after the line that the page saw last', async () => {
    const test = await testConsole()
    const { job, runner, tasks } = await seedRunning(test.db)
    const before = await (await open(test, job)).next()
    await runner.report(tasks[0], { type: 'log', level: 'info', text: 'came while away' })
    const again = await open(test, job, { lastEventId: before.id })
    const { data } = await again.next()
    assert.ok(textOf(data).includes('came while away'))
    assert.ok(!textOf(data).includes('iteration 0: loss'), 'an old line came again')
    await stopJob(test.db, { id: job.id, reason: 'enough' })
    await again.rest()
    await test.close()
  })

  it('sends only lines that the filter lets pass', async () => {
    const test = await testConsole()
    const { job, runner, tasks } = await seedRunning(test.db)
    const [mine, other] = tasks
    const live = await open(test, job, { query: `task=${mine.taskId}&level=warn` })
    await live.next()
    await runner.report(other, { type: 'log', level: 'error', text: 'of another task' })
    await runner.report(mine, { type: 'log', level: 'info', text: 'too quiet' })
    await runner.report(mine, { type: 'log', level: 'error', text: 'loud enough' })
    await stopJob(test.db, { id: job.id, reason: 'enough' })
    const text = textOf((await live.rest()).map((event) => event.data).join(''))
    assert.ok(text.includes('loud enough'))
    assert.ok(!text.includes('too quiet') && !text.includes('of another task'))
    await test.close()
  })

  it('sends more lines than one batch holds, in order and once each', async () => {
    const test = await testConsole()
    const { job, runner, tasks } = await seedRunning(test.db)
    const lines = Array.from({ length: 1234 }, (_, index) => `line number ${index};`)
    await runner.report(
      tasks[0],
      ...lines.map((text) => ({ type: 'log', level: 'info', text }) as const),
    )
    await stopJob(test.db, { id: job.id, reason: 'enough' })
    const live = await open(test, job)
    const text = textOf((await live.rest()).map((event) => event.data).join(''))
    assert.deepEqual(text.match(/line number \d+;/g), lines)
    await test.close()
  })

  it('a job that is over gets its state once more and the end', async () => {
    const test = await testConsole()
    const job = await seedFinished(test.db)
    const events = await (await open(test, job, { query: 'after=999999' })).rest()
    assert.deepEqual(
      events.map(({ event }) => event),
      ['', 'done'],
    )
    assert.ok(!targets(events[0]).includes('log-lines'))
    await test.close()
  })

  it('a failure while it runs is logged and told to nobody', async () => {
    const test = await testConsole()
    const { job } = await seedRunning(test.db)
    const live = await open(test, job)
    await live.next()
    await test.close()
    assert.deepEqual(await live.rest(), [])
    assert.equal(test.logged[0]?.message, 'a live page failed')
  })
})
