/**
 * A program that prints a gigabyte: neither runner nor app have it in memory, and its log is served whole as far as it
 * is kept, from any place, and while it grows.
 * @module
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'

import { freshFolder, removeFolders, start, type Started, until } from './cluster.ts'
import { HEAD } from './pai-train.ts'

const skip = process.platform !== 'linux' && 'needs Linux: the peak of memory is read in /proc'
const LINES = 2 ** 20
const WIDTH = 1023
const MIB = 2 ** 20

describe('a log of a gigabyte', { skip, timeout: 300_000 }, () => {
  const processes: Started[] = []
  let folder: string
  let url: string
  let app: Started
  let runner: Started

  before(async () => {
    folder = await freshFolder('large-log')
    const server = await start({
      entry: 'serve.ts',
      env: { WEFT_DATA_DIR: folder, WEFT_PORT: '0' },
      ready: /^weft listening on (http:\/\/\S+)$/,
    })
    processes.push(server)
    app = server
    url = server.match[1]
    runner = await start({
      entry: 'runner.ts',
      env: { WEFT_DATA_DIR: folder, WEFT_PROCESSES: 'host', WEFT_LOG_MB: '64' },
      ready: /weft runner ready/,
    })
    processes.push(runner)
  })
  after(async () => {
    for (const one of processes.toReversed()) await one.stop('SIGTERM')
    await removeFolders([folder])
  })

  const logs = '/api/v2/jobs/large/attempts/0/taskRoles/w/taskIndex/0/attempts/0/logs'

  it('is kept on disk, and read in pieces', async () => {
    const headers = { 'content-type': 'text/yaml' }
    const body = `${HEAD('large')}taskRoles:
  w:
    dockerImage: img
    resourcePerInstance: { cpu: 1, memoryMB: 100, gpu: 0 }
    commands: ["seq -f %0${WIDTH}.0f ${LINES}"]
`
    const before_ = { app: await peak(app), runner: await peak(runner) }
    const sent = await fetch(`${url}/api/v2/jobs`, { method: 'POST', headers, body })
    assert.equal(sent.status, 202, await sent.text())
    await until('it prints', async () => (await fetch(`${url}${logs}/stdout`)).ok)

    // Whoever follows hears it to the end, however far behind he is: what has gone by then is left out.
    const followed = await digest(await fetch(`${url}${logs}/stdout?follow=true&tail-mode=true`))
    assert.equal(followed.last, LINES)
    const { jobStatus } = await (await fetch(`${url}/api/v2/jobs/large`)).json()
    assert.equal(jobStatus.state, 'SUCCEEDED', jobStatus.appExitDiagnostics)

    for (const name of ['stdout', 'all']) {
      const whole = await digest(await fetch(`${url}${logs}/${name}`))
      assert.equal(whole.last, LINES)
      assert.ok(
        whole.bytes >= 64 * MIB && whole.bytes <= 72 * MIB + 1024,
        `${whole.bytes} bytes are kept`,
      )
      const tail = await (await fetch(`${url}${logs}/${name}?tail-mode=true`)).text()
      assert.equal(tail.length, 16_384)
      assert.ok(tail.endsWith(`0${LINES}\n`))
      // A line first that says how much is gone.
      const first = await fetch(`${url}${logs}/${name}`, { headers: { range: 'bytes=0-1023' } })
      assert.match(await first.text(), /^\[The first \d+ bytes are not kept: .*WEFT_LOG_MB.*\]\n0/)
      const range = 'bytes=1024-4095'
      const part = await fetch(`${url}${logs}/${name}`, { headers: { range } })
      assert.equal(part.headers.get('content-range'), `bytes 1024-4095/${whole.bytes}`)
      const [, one, two] = (await part.text()).split('\n').map(Number)
      assert.equal(two, one + 1)
    }
    const page = await fetch(`${url}/batch/jobs/weft~large`)
    assert.equal(page.status, 200)
    const html = await page.text()
    assert.ok(html.length < MIB, `the page has ${html.length} characters`)
    assert.match(html, new RegExp(`0${LINES}\\b`))

    const after_ = { app: await peak(app), runner: await peak(runner) }
    console.log('peak resident MiB, before and after:', JSON.stringify([before_, after_]))
    assert.ok(after_.app - before_.app < 200, `the app grew by ${after_.app - before_.app} MiB`)
    assert.ok(
      after_.runner - before_.runner < 300,
      `the runner grew by ${after_.runner - before_.runner} MiB`,
    )
  })
})

/** The most memory that the process has had, in MiB. */
async function peak({ child }: Started): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
  return Math.round(Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024)
}

/** How many bytes an answer has, and the number on its last line. */
async function digest(response: Response): Promise<{ bytes: number; last: number }> {
  assert.equal(response.status, 200)
  let bytes = 0
  let end = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    end = (end + decoder.decode(chunk)).slice(-WIDTH - 1)
  }
  return { bytes, last: Number(end) }
}
