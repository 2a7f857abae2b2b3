import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { startRunner } from './fake-runner.ts'
import { textOf } from './html.ts'
import { seedFinished, seedTables, type TestConsole, testConsole } from './seed.ts'

const CHOICES = {
  mode: 'choices',
  name: 'mine',
  guestTable: '["example","breast_guest"]',
  hostTable: '["example","breast_host"]',
  label: 'y',
  guest: '9999',
  host: '10000',
  arbiter: '10001',
  maxIter: '25',
  learningRate: '0.2',
  optimizer: 'adam',
  penalty: 'NONE',
  alpha: '0',
  batchSize: '−1',
  keyLength: '3072',
}

async function withTables(options: Parameters<typeof testConsole>[0] = {}): Promise<TestConsole> {
  const test = await testConsole(options)
  await seedTables(test.db, await startRunner(test.db))
  return test
}

/** The message beside a field, tied to it by its id. */
function errorAt(html: string, field: string): string | undefined {
  const message = new RegExp(`<p class="error" id="${field}-error">([^<]*)</p>`).exec(html)?.[1]
  const control = new RegExp(`<(?:input|select|textarea)[^>]* id="${field}"[^>]*>`).exec(html)?.[0]
  if (message === undefined) return undefined
  assert.match(control ?? '', /aria-invalid="true"/)
  assert.match(control ?? '', new RegExp(`aria-describedby="[^"]*${field}-error"`))
  return textOf(message).trim()
}

describe('new job by choices', () => {
  it('proposes the tables there are', async () => {
    const test = await withTables()
    const { html } = await test.page('/jobs/new')
    const chosen = [...html.matchAll(/<option value="([^"]*)" selected="">/g)].map((match) =>
      textOf(match[1]),
    )
    assert.deepEqual(chosen.slice(0, 2), [
      '["example","breast_guest"]',
      '["example","breast_host"]',
    ])
    assert.match(html, /<datalist id="columns"><option value="y">/)
    await test.close()
  })

  it('submits what was chosen in the words of FATE-Flow and leads to the job', async () => {
    const test = await withTables()
    const answer = await test.post('/jobs/new', CHOICES)
    assert.equal(answer.status, 303)
    assert.match(answer.headers.get('location') ?? '', /^\/jobs\/\d+$/)
    const [body] = test.submitted as [
      {
        job_dsl: { components: Record<string, unknown> }
        job_runtime_conf: Record<string, Record<string, Record<string, unknown>>>
      },
    ]
    assert.deepEqual(Object.keys(body.job_dsl.components), [
      'dataio_0',
      'intersection_0',
      'hetero_lr_0',
      'evaluation_0',
    ])
    const conf = body.job_runtime_conf
    assert.deepEqual(conf['job_parameters'], { work_mode: 0, name: 'mine' })
    assert.deepEqual(conf['role'], { guest: [9999], host: [10000], arbiter: [10001] })
    assert.deepEqual(conf['role_parameters']['host']['args'], {
      data: { train_data: [{ name: 'breast_host', namespace: 'example' }] },
    })
    assert.deepEqual(conf['algorithm_parameters']['hetero_lr_0'], {
      penalty: 'NONE',
      optimizer: 'adam',
      alpha: 0,
      max_iter: 25,
      batch_size: -1,
      learning_rate: 0.2,
      init_param: { init_method: 'zeros' },
      encrypt_param: { key_length: 3072 },
    })
    await test.close()
  })

  it('answers 422 with a message beside every wrong field, and keeps what was written', async () => {
    const test = await withTables()
    const wrong: [field: string, value: string, message: RegExp][] = [
      ['guestTable', '', /Choose the guest’s table/],
      ['guestTable', '["example","gone"]', /no such table any more/],
      ['guestTable', CHOICES.hostTable, /belongs to party 10000, not to 9999/],
      ['label', 'Y', /has no column “Y”/],
      ['label', ' ', /Name the column/],
      ['host', '9999', /another party than the guest/],
      ['guest', 'me', /named by digits/],
      ['maxIter', '0', /At least one/],
      ['maxIter', '2.5', /whole number/],
      ['maxIter', 'ten', /whole number/],
      ['maxIter', '', /whole number/],
      ['learningRate', '-1', /above 0/],
      ['learningRate', 'fast', /must be a number/],
      ['alpha', '-0.1', /cannot be below 0/],
      ['batchSize', '5', /At least 10 rows/],
      ['optimizer', 'magic', /one of the optimizers/],
      ['keyLength', '512', /one of the lengths/],
    ]
    for (const [field, value, message] of wrong) {
      const answer = await test.post('/jobs/new', { ...CHOICES, [field]: value })
      const html = await answer.text()
      assert.equal(answer.status, 422, `${field}=${value}`)
      assert.match(errorAt(html, field) ?? 'no message', message, `${field}=${value}`)
      assert.match(html, /role="alert"/)
      assert.match(html, /name="name" [^>]*value="mine"/)
    }
    assert.deepEqual(test.submitted, [])
    await test.close()
  })

  it('shows what the surface says against it', async () => {
    const refusal = {
      retcode: 100,
      retmsg: 'No live runner serves <host> party 10000',
      jobId: null,
    }
    const test = await withTables({ submitFate: () => Promise.resolve(refusal) })
    const answer = await test.post('/jobs/new', CHOICES)
    assert.equal(answer.status, 422)
    const html = await answer.text()
    assert.ok(!html.includes('<host>'))
    assert.match(textOf(html), /No live runner serves <host> party 10000/)
    await test.close()
  })

  it('offers the columns of the table that is chosen', async () => {
    const test = await withTables()
    const query = new URLSearchParams({ guestTable: CHOICES.hostTable })
    const { html } = await test.page(`/jobs/new/columns?${query}`, true)
    assert.match(html, /^<datalist id="columns"><option value="radius_error">/)
    await test.close()
  })
})

describe('new job by DSL and configuration', () => {
  it('starts from the example, or from what another job was asked with', async () => {
    const test = await testConsole()
    const job = await seedFinished(test.db)
    for (const path of ['/jobs/new?mode=json', `/jobs/new?from=${job.id}`]) {
      const { html } = await test.page(path)
      const [dsl, conf] = [...html.matchAll(/<textarea[^>]*>([\s\S]*?)<\/textarea>/g)].map(
        (match) => match[1].replaceAll('&quot;', '"'),
      )
      assert.ok('dataio_0' in JSON.parse(dsl).components, path)
      assert.deepEqual(JSON.parse(conf).role.guest, [9999], path)
    }
    await test.close()
  })

  it('says beside the field what is wrong with the JSON', async () => {
    const test = await testConsole()
    const good = { dsl: '{"components": {}}', conf: '{"initiator": {}, "role": {}}' }
    const wrong: [field: 'dsl' | 'conf', value: string, message: RegExp][] = [
      ['dsl', '', /Paste the DSL/],
      ['dsl', '{"components": ', /This is not JSON/],
      ['dsl', '[]', /must be a JSON object/],
      ['dsl', '{}', /no "components"/],
      ['conf', '{"role": {}}', /needs "initiator" and "role"/],
    ]
    for (const [field, value, message] of wrong) {
      const answer = await test.post('/jobs/new', { mode: 'json', ...good, [field]: value })
      assert.equal(answer.status, 422, value)
      assert.match(errorAt(await answer.text(), field) ?? 'no message', message, value)
    }
    const answer = await test.post('/jobs/new', { mode: 'json', ...good })
    assert.equal(answer.status, 303)
    assert.deepEqual(test.submitted, [
      { job_dsl: { components: {} }, job_runtime_conf: { initiator: {}, role: {} } },
    ])
    await test.close()
  })
})
