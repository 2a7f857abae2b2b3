/**
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { WeftJobLog } from '../../../src/api/weft/process-schema.ts'
import { WeftAttempts } from '../../../src/api/weft/record-schema.ts'
import { WeftJob } from '../../../src/api/weft/schema.ts'
import { createApp } from '../../../src/app.ts'
import { getJob } from '../../../src/domain/job.ts'
import { registerRunner } from '../../../src/domain/runner.ts'
import { createToken } from '../../../src/domain/token.ts'
import { type FakeRunner, startRunner, testApp, type TestApp } from '../../helpers/app.ts'
import { quietDeps } from '../../helpers/deps.ts'
import { profileOf } from '../../helpers/jobs.ts'

describe('submitting processes', () => {
  let test: TestApp
  let runner: FakeRunner

  before(async () => {
    test = await testApp({ settings: { bodyLimit: 16 * 1024 * 1024 } })
    runner = await startRunner(test.db)
    const capacity = {
      engines: ['local'],
      labels: { processes: 'host', sandbox: 'yes' },
      cores: 8,
      memoryMb: 8192,
    }
    await registerRunner(test.db, profileOf(runner.id, { capacity }))
  })
  after(() => test.close())

  async function submit(body: unknown): Promise<{ status: number; body: unknown }> {
    const response = await test.app.request('/api/weft/jobs', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    return { status: response.status, body: await response.json() }
  }

  async function get(path: string): Promise<unknown> {
    const response = await test.app.request(`/api/weft/jobs/${path}`)
    assert.equal(response.status, 200, path)
    return response.json()
  }

  it('makes a job that shows its tasks, their output and how they ended', async () => {
    const answer = await submit({
      name: 'train',
      tasks: [
        {
          name: 'first',
          command: ['python3', 'train.py', '--rate', '0.1'],
          env: { TOKEN: 'secret-9' },
          files: { 'train.py': 'print("secret-8")' },
          needs: { cores: 2, memoryMb: 512 },
          timeLimitSeconds: 1.5,
          retries: 2,
        },
        { name: 'second', script: '#!/bin/bash\necho hello' },
      ],
    })
    assert.equal(answer.status, 201, JSON.stringify(answer.body))
    const job = WeftJob.parse(answer.body)
    assert.deepEqual(
      [job.surface, job.kind, job.name, job.state],
      ['weft', 'process', 'train', 'running'],
    )
    assert.deepEqual(
      job.tasks.map(({ name, kind, state }) => [name, kind, state]),
      [
        ['first', 'process', 'ready'],
        ['second', 'process', 'ready'],
      ],
    )
    const tasks = await runner.claim()
    assert.deepEqual(tasks[0].spec, {
      type: 'process',
      command: { argv: ['python3', 'train.py', '--rate', '0.1'] },
      env: { TOKEN: 'secret-9' },
      files: { 'train.py': 'print("secret-8")' },
      timeLimitMs: 1500,
      sandbox: null,
      network: false,
      engine: 'local',
      needs: { cores: 2, memoryMb: 512 },
      retries: 2,
    })
    await runner.report(tasks[1], { type: 'log', level: 'info', text: 'hello' })
    const ending = { type: 'exited', exitCode: 0, signal: null, peakMemoryMb: 12 }
    for (const task of tasks) await runner.settle(task, { state: 'succeeded', ending })
    assert.equal(WeftJob.parse(await get(job.id)).state, 'succeeded')
    for (const { id } of job.tasks) {
      const found = WeftAttempts.parse(await get(`${job.id}/tasks/${id}/attempts`))
      assert.deepEqual(
        found.attempts.map((attempt) => attempt.ending),
        [ending],
      )
    }
    const { lines } = WeftJobLog.parse(await get(`${job.id}/log?taskId=${job.id}_second`))
    assert.deepEqual(
      lines.map(({ level, text }) => [level, text]),
      [['info', 'hello']],
    )
    const kept = JSON.stringify((await getJob(test.db, job.id)).request)
    assert.ok(kept.includes('train.py') && !kept.includes('secret-'), kept)
  })

  const task = { name: 'a', command: ['true'] }
  const refused: [what: string, tasks: unknown, message: RegExp][] = [
    ['no task', [], /tasks/],
    ['a name that leads out', [{ ...task, name: '../a' }], /letters, digits/],
    ['two of the same name', [task, task], /same name/],
    ['neither command nor script', [{ name: 'a' }], /either "command" or "script"/],
    ['both', [{ ...task, script: 'x' }], /either "command" or "script"/],
    ['a command without a program', [{ ...task, command: [''] }], /no name/],
    ['a NUL byte in an argument', [{ ...task, command: ['a', 'b\0c'] }], /NUL/],
    ['a NUL byte in a script', [{ name: 'a', script: 'b\0c' }], /NUL/],
    ['a NUL byte in a variable', [{ ...task, env: { A: '\0' } }], /NUL/],
    ['a NUL byte in a path', [{ ...task, files: { 'a\0b': '' } }], /below the working directory/],
    [
      'an argument that Linux would not take',
      [{ ...task, command: ['é'.repeat(70_000)] }],
      /longer than/,
    ],
    [
      'too many bytes of arguments',
      [{ ...task, command: Array(50).fill('x'.repeat(20_000)) }],
      /more than/,
    ],
    ['a variable that is no name', [{ ...task, env: { 'A=B': '1' } }], /letters, digits/],
    [
      'a variable that says what was given',
      [{ ...task, env: { CUDA_VISIBLE_DEVICES: '0' } }],
      /use "needs"/,
    ],
    ['a variable of ours', [{ ...task, env: { WEFT_PROCESS_ID: 'x' } }], /use "needs"/],
    ...['/etc/passwd', '../x', 'a/../../x', 'a//b', './a', 'a/', 'a\\..\\b', 'x'.repeat(300)].map(
      (path): [string, unknown, RegExp] => [
        `the path ${path.slice(0, 20)}`,
        [{ ...task, files: { [path]: '' } }],
        /below the working directory/,
      ],
    ),
    [
      'a file that is a folder too',
      [{ ...task, files: { a: '', 'a/b': '' } }],
      /folder of another/,
    ],
    ['files of more than 4 MiB', [{ ...task, files: { a: 'x'.repeat(5 << 20) } }], /more than/],
    ['a limit of no time', [{ ...task, timeLimitSeconds: 0 }], /timeLimitSeconds/],
    ['a misspelt field', [{ ...task, timelimit: 1 }], /timelimit/],
    ['memory below nothing', [{ ...task, needs: { memoryMb: -1 } }], /memoryMb/],
    ['a third of a GPU', [{ ...task, needs: { gpus: 0.3 } }], /gpus/],
    ['endless retries', [{ ...task, retries: 1e9 }], /retries/],
  ]
  for (const [what, tasks, message] of refused) {
    it(`refuses ${what}`, async () => {
      const { status, body } = await submit({ name: 'x', tasks })
      assert.equal(status, 422, JSON.stringify(body))
      assert.match((body as { error: { message: string } }).error.message, message)
    })
  }

  it('says what is missing where no live runner can run a task', async () => {
    const { status, body } = await submit({ tasks: [{ ...task, engine: 'slurm' }] })
    assert.equal(status, 503)
    assert.match(JSON.stringify(body), /No live runner has engine .*slurm.* for task .*"a/)
  })

  it('keeps a variable or a file called like something that objects have', async () => {
    const { status, body } = await submit(
      '{"tasks":[{"name":"a","command":["true"],"env":{"constructor":"1"},"files":{"toString":"2"}}]}',
    )
    assert.equal(status, 201, JSON.stringify(body))
    const [claimed] = await runner.claim()
    assert.ok(claimed.spec.type === 'process')
    assert.deepEqual(
      JSON.stringify([claimed.spec.env, claimed.spec.files]),
      '[{"constructor":"1"},{"toString":"2"}]',
    )
    await runner.settle(claimed)
  })

  it('asks for a token where the rest does, and is seen in the console', async () => {
    const app = (auth: 'token' | 'off') =>
      createApp({ ...quietDeps(test.db, { auth, bodyLimit: 1 << 20 }), now: () => Date.now() })
    const guarded = app('token')
    const send = (headers: Record<string, string> = {}) =>
      guarded.request('/api/weft/jobs', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ name: 'guarded', tasks: [task] }),
      })
    assert.equal((await send()).status, 401)
    const runnerToken = await createToken(test.db, { kind: 'runner', name: '', parties: null }, 0)
    assert.equal((await send({ authorization: `Bearer ${runnerToken}` })).status, 401)
    const user = await createToken(test.db, { kind: 'user', name: '', parties: null }, 0)
    const accepted = await send({ authorization: `Bearer ${user}` })
    assert.equal(accepted.status, 201)
    const { id } = (await accepted.json()) as { id: string }
    const open = app('off')
    for (const path of [`/jobs/${id}`, `/jobs/${id}/components/a`, '/jobs']) {
      const page = await open.request(path)
      assert.equal(page.status, 200, path)
      assert.match(await page.text(), /guarded|Process/, path)
    }
  })
})
