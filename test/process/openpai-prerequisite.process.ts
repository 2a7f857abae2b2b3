/**
 * A job of task roles that finds its data and its script when it begins: from a web server, a storage, an import folder;
 * and how it ends where they are not to be had.
 * @module
 */
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { freshFolder, removeFolders, start, type Started, until } from './cluster.ts'

const skip = process.platform !== 'linux' && 'needs Linux: processes are told apart in /proc'

describe('data and scripts of a job', { skip, timeout: 120_000 }, () => {
  const processes: Started[] = []
  let folder: string
  let url: string
  let server: Server
  let web: string
  let refusals = 1

  before(async () => {
    server = createServer((request, response) => {
      if (request.url === '/rows.csv') response.end('a,b\n')
      else if (request.url === '/add.sh') response.end('cat "$PAI_DATA_DIR"/rows.csv\n')
      else if (request.url === '/late' && (refusals -= 1) < 0) response.end('late\n')
      else response.writeHead(request.url === '/late' ? 503 : 404).end()
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    web = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    folder = await freshFolder('prerequisite')
    for (const name of ['lake', 'import']) await mkdir(join(folder, name))
    await writeFile(join(folder, 'lake/one'), 'stored\n')
    await writeFile(join(folder, 'import/two'), 'imported\n')
    const app = await start({
      entry: 'serve.ts',
      env: { WEFT_DATA_DIR: folder, WEFT_PORT: '0' },
      ready: /^weft listening on (http:\/\/\S+)$/,
    })
    processes.push(app)
    url = app.match[1]
    const first = 40_000 + (process.pid % 99) * 100
    const runner = await start({
      entry: 'runner.ts',
      env: {
        WEFT_DATA_DIR: folder,
        WEFT_PROCESSES: 'host',
        WEFT_STORAGES: `lake=${join(folder, 'lake')}:ro`,
        WEFT_FETCH_HOSTS: '127.0.0.1',
        WEFT_TASK_PORTS: `${first}-${first + 99}`,
      },
      ready: /weft runner ready/,
    })
    processes.push(runner)
  })
  after(async () => {
    for (const one of processes.toReversed()) await one.stop('SIGTERM')
    server.close()
    await removeFolders([folder])
  })

  async function ended(name: string, uris: readonly string[], command: string) {
    const body = `protocolVersion: 2
name: ${name}
type: job
jobRetryCount: 3
prerequisites:
  - { name: img, type: dockerimage, uri: busybox }
  - { name: rows, type: data, uri: ${JSON.stringify(uris)} }
  - { name: add, type: script, uri: '${web}/add.sh' }
taskRoles:
  w:
    dockerImage: img
    data: rows
    script: add
    resourcePerInstance: { cpu: 1, memoryMB: 100, gpu: 0 }
    commands: [${JSON.stringify(command)}]
extras: { weft: { host: true } }
`
    const headers = { 'content-type': 'text/yaml' }
    const response = await fetch(`${url}/api/v2/jobs`, { method: 'POST', headers, body })
    assert.equal(response.status, 202, await response.text())
    return until(`${name} is over`, async () => {
      const answer = await fetch(`${url}/api/v2/jobs/${name}`)
      const job = (await answer.json()) as ReturnType<typeof JSON.parse>
      return ['SUCCEEDED', 'FAILED', 'STOPPED'].includes(job.jobStatus.state) && job
    })
  }

  it('are there before its first command', async () => {
    const uris = [`${web}/rows.csv`, 'storage://lake/one', join(folder, 'import/two')]
    const command = 'bash "$PAI_SCRIPT_DIR"/add.sh; cd prerequisites/data/rows; cat one two'
    const { jobStatus } = await ended('all', uris, command)
    assert.equal(jobStatus.state, 'SUCCEEDED', jobStatus.appExitDiagnostics)
    const task = '/jobs/all/attempts/0/taskRoles/w/taskIndex/0/attempts/0'
    const log = await fetch(`${url}/api/v2${task}/logs/all`)
    assert.equal(await log.text(), 'a,b\nstored\nimported\n')
  })

  it('that are not there are the user’s fault, and not tried again', async () => {
    const { jobStatus, taskRoles } = await ended('none', [`${web}/none`], 'true')
    assert.deepEqual(
      [jobStatus.state, jobStatus.appExitCode, jobStatus.retries],
      ['FAILED', -200, 0],
    )
    assert.match(
      jobStatus.appExitDiagnostics,
      /Prerequisite data rows cannot be had: http:\S+\/none answered 404/,
    )
    const [status] = taskRoles.w.taskStatuses
    assert.equal(status.containerExitSpec.type, 'USER_FAILURE')
  })

  it('that come the next time cost nobody a retry', async () => {
    const { jobStatus } = await ended('late', [`${web}/late`], 'cat "$PAI_DATA_DIR"/late')
    assert.deepEqual(
      [jobStatus.state, jobStatus.retryDetails.platform, jobStatus.retryDetails.user],
      ['SUCCEEDED', 1, 0],
    )
  })
})
