/**
 * A running flow whose runner is killed, and whose app is killed: it comes back by itself, and what REST says is true.
 * Its unit in the middle has a thread of its own, and its calls are traced.
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { freePort, freshFolder, removeFolders, start, type Started, until } from './cluster.ts'

const LEASE_SECONDS = 2

describe('a flow whose server is killed', { timeout: 240_000 }, () => {
  const processes: Started[] = []
  let folder: string
  let app: Started
  let base: string
  let echo: string

  before(async () => {
    folder = await freshFolder('flow-killed')
    echo = `http://127.0.0.1:${await freePort()}/decode`
  })
  after(async () => {
    for (const one of processes.toReversed()) await one.stop('SIGKILL')
    await removeFolders([folder])
  })

  async function startApp(): Promise<void> {
    const started = await start({
      entry: 'serve.ts',
      env: { WEFT_DATA_DIR: folder, WEFT_PORT: '0' },
      ready: /^weft listening on (http:\/\/\S+)$/,
    })
    processes.push(started)
    app = started
    base = started.match[1]
  }
  async function startRunner(): Promise<Started> {
    const started = await start({
      entry: 'runner.ts',
      env: { WEFT_DATA_DIR: folder, WEFT_LEASE_SECONDS: String(LEASE_SECONDS) },
      ready: /weft runner ready/,
    })
    processes.push(started)
    return started
  }
  const status = async () => {
    const answer = await fetch(`${base}/v1/modelbox/job/killed`)
    return ((await answer.json()) as { job_status: string }).job_status
  }
  const is = (wanted: string) => until(`${wanted}`, async () => (await status()) === wanted, 60)
  /** What the flow makes of a text; undefined where nobody answers. */
  const ask = async (text: string) => {
    const body = Buffer.from(text).toString('base64')
    return fetch(echo, { method: 'POST', body }).then(
      (answer) => answer.text(),
      () => undefined,
    )
  }

  it('comes back by itself, with true states all the way', async () => {
    await startApp()
    let runner = await startRunner()
    const graphconf = `digraph {
      r [flowunit=httpserver_sync_receive, endpoint="${echo}", time_out_ms=60000]
      d [flowunit=base64_decoder, data_format=raw, thread=true]
      s [flowunit=httpserver_sync_reply]
      r:out_request_info -> d:in_data d:out_data -> s:in_reply_info }`
    const made = await fetch(`${base}/v1/modelbox/job`, {
      method: 'PUT',
      body: JSON.stringify({
        job_id: 'killed',
        job_graph: { graph: { format: 'graphviz', graphconf }, profile: { trace: true } },
      }),
    })
    assert.equal(made.status, 201, await made.text())
    await is('RUNNING')
    assert.equal(await ask('one'), 'one')
    const trace = await until('a trace', async () => {
      const answer = await fetch(`${base}/api/weft/flows/killed/trace`)
      if (!answer.ok) return false
      const { traceEvents } = (await answer.json()) as {
        traceEvents: { ph: string; name: string }[]
      }
      const calls = traceEvents.filter(({ ph }) => ph === 'X').map(({ name }) => name)
      return ['r', 'd', 's'].every((node) => calls.includes(node)) && traceEvents
    })
    assert.ok(trace.some(({ ph, name }) => ph === 'M' && name === 'thread_name'))

    // The runner goes in the middle of requests.
    const asked = Array.from({ length: 8 }, () => ask('x'.repeat(100_000)))
    await runner.stop('SIGKILL')
    await Promise.all(asked)
    assert.equal(await ask('nobody'), undefined)
    await is('PENDING')
    runner = await startRunner()
    await is('RUNNING')
    assert.equal(await ask('two'), 'two')

    // The app goes: the flow does not notice.
    await app.stop('SIGKILL')
    assert.equal(await ask('three'), 'three')
    await startApp()
    assert.equal(await status(), 'RUNNING')
    assert.equal(await ask('four'), 'four')

    // Both go at once.
    await Promise.all([app.stop('SIGKILL'), runner.stop('SIGKILL')])
    await startApp()
    await is('PENDING')
    await startRunner()
    await is('RUNNING')
    assert.equal(await ask('five'), 'five')

    const gone = await fetch(`${base}/v1/modelbox/job/killed`, { method: 'DELETE' })
    assert.equal(gone.status, 204)
    await until('nobody listens', async () => (await ask('six')) === undefined)
    assert.equal((await fetch(`${base}/v1/modelbox/job/killed`)).status, 404)
  })
})
