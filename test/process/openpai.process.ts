/**
 * Jobs of task roles as real processes, through OpenPAI's REST: one that fails twice and succeeds, and a parameter server
 * with three workers of which one is killed.
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { freshFolder, removeFolders, start, type Started, until } from './cluster.ts'

const skip = process.platform !== 'linux' && 'needs Linux: processes are told apart in /proc'

/** Fits y = 2x + 1: the server keeps two numbers, the workers send gradients of their own points. */
const TRAIN = `
const http = require('node:http')
const env = process.env
const role = env.PAI_CURRENT_TASK_ROLE_NAME
const index = Number(env.PAI_CURRENT_TASK_ROLE_CURRENT_TASK_INDEX)
const port = Number(env.PAI_PORT_LIST_ps_0_sync)
if (role === 'ps') {
  let w = 0, b = 0, steps = 0
  const done = new Set()
  http.createServer((request, response) => {
    const query = new URL(request.url, 'http://ps').searchParams
    if (query.has('dw')) {
      w -= 0.05 * Number(query.get('dw'))
      b -= 0.05 * Number(query.get('db'))
      steps += 1
    }
    if (query.has('done')) done.add(query.get('done'))
    response.end(JSON.stringify([w, b, done.size, steps]))
  }).listen(port, env.PAI_HOST_IP_ps_0, () => console.log('serving', port))
} else {
  const ask = (query) => new Promise((resolve) => {
    const url = 'http://' + env.PAI_HOST_IP_ps_0 + ':' + port + '/?' + query
    const again = () => setTimeout(() => ask(query).then(resolve), 50)
    http.get(url, (response) => {
      let text = ''
      response.on('data', (chunk) => (text += chunk)).on('end', () => resolve(JSON.parse(text)))
    }).on('error', again)
  })
  const first = env.FC_FRAMEWORK_ATTEMPT_ID === '0' && env.FC_TASK_ATTEMPT_ID === '0'
  const train = async () => {
    if (index === 1 && first) {
      console.log('pid', process.pid)
      await new Promise((resolve) => setTimeout(resolve, 600_000))
    }
    let [w, b] = await ask('')
    for (let step = 0; step < 200; step += 1) {
      const xs = [index, index + 0.5, -index - 1]
      const slopes = xs.map((x) => w * x + b - (2 * x + 1))
      const dw = slopes.reduce((sum, s, at) => sum + s * xs[at], 0) / 3
      const db = slopes.reduce((sum, s) => sum + s, 0) / 3
      ;[w, b] = await ask('dw=' + dw + '&db=' + db)
    }
    const [slope, start, done, steps] = await ask('done=' + index)
    if (done === 3) console.log('trained', slope.toFixed(2), start.toFixed(2), steps >= 600)
    console.log('worker', index, 'of', env.PAI_TASK_ROLE_TASK_COUNT_worker, 'is done')
  }
  train()
}
`

const HEAD = (name: string) => `protocolVersion: 2
name: ${name}
type: job
prerequisites:
  - { name: img, type: dockerimage, uri: busybox }
`

function distributed(name: string, gang: boolean): string {
  const program = TRAIN.trim().replaceAll(/^/gm, '        ')
  const commands = `    commands:
      - |
        cat > train.cjs <<'END_OF_PROGRAM'
${program}
        END_OF_PROGRAM
        ${process.execPath} train.cjs
`
  return `${HEAD(name)}taskRoles:
  ps:
    completion: { minSucceededInstances: -1 }
    dockerImage: img
    resourcePerInstance: { cpu: 0, memoryMB: 256, gpu: 0, ports: { sync: 1 } }
${commands}  worker:
    instances: 3
    taskRetryCount: 0
    dockerImage: img
    resourcePerInstance: { cpu: 0, memoryMB: 256, gpu: 0 }
${commands}extras: { gangAllocation: ${gang} }
`
}

describe('jobs of task roles', { skip, timeout: 120_000 }, () => {
  const processes: Started[] = []
  let folder: string
  let url: string

  before(async () => {
    folder = await freshFolder('openpai')
    const app = await start({
      entry: 'serve.ts',
      env: { WEFT_DATA_DIR: folder, WEFT_PORT: '0' },
      ready: /^weft listening on (http:\/\/\S+)$/,
    })
    processes.push(app)
    url = app.match[1]
    const runner = await start({
      entry: 'runner.ts',
      env: { WEFT_DATA_DIR: folder, WEFT_PROCESSES: 'host', WEFT_TASK_PORTS: freePorts() },
      ready: /weft runner ready/,
    })
    processes.push(runner)
  })
  after(async () => {
    for (const one of processes.toReversed()) await one.stop('SIGTERM')
    await removeFolders([folder])
  })

  const get = async (path: string): Promise<ReturnType<typeof JSON.parse>> =>
    (await fetch(`${url}/api/v2${path}`)).json()
  const submit = async (text: string) => {
    const headers = { 'content-type': 'text/yaml' }
    const response = await fetch(`${url}/api/v2/jobs`, { method: 'POST', headers, body: text })
    assert.equal(response.status, 202, await response.text())
  }
  const ended = (name: string) =>
    until(`${name} is over`, async () => {
      const job = await get(`/jobs/${name}`)
      return ['SUCCEEDED', 'FAILED', 'STOPPED'].includes(job.jobStatus.state) && job
    })
  const log = async (path: string): Promise<string> => {
    const response = await fetch(`${url}/api/v2${path}/logs/all`)
    return response.ok ? response.text() : ''
  }

  it('one that fails twice and then succeeds is seen so in the four GETs', async () => {
    await submit(`${HEAD('flaky')}jobRetryCount: 2
taskRoles:
  w:
    dockerImage: img
    resourcePerInstance: { cpu: 1, memoryMB: 100, gpu: 0 }
    commands:
      - echo "attempt $FC_FRAMEWORK_ATTEMPT_ID with <% $secrets.key %>"
      - test "$FC_FRAMEWORK_ATTEMPT_ID" = 2 || { echo "no luck" >&2; exit 7; }
secrets: { key: hidden-words }
`)
    const { jobStatus, taskRoles } = await ended('flaky')
    assert.deepEqual(
      [jobStatus.state, jobStatus.attemptId, jobStatus.retries, jobStatus.appExitCode],
      ['SUCCEEDED', 2, 2, 0],
    )
    assert.equal(taskRoles.w.taskStatuses[0].containerExitCode, 0)
    assert.ok(jobStatus.createdTime <= jobStatus.appLaunchedTime)
    assert.ok(jobStatus.appLaunchedTime <= jobStatus.completedTime)
    assert.deepEqual((await get('/frameworks/flaky/attempts')).FrameworkAttempts, [0, 1, 2])
    assert.deepEqual((await get('/frameworks/flaky/versions')).FrameworkVersions, [1])
    const { frameworkFullDetail, frameworkInfo } = await get(
      '/frameworks/flaky/attempts/1?version=1',
    )
    const status = frameworkFullDetail.jobStatus
    assert.deepEqual(
      [status.attemptId, status.attemptState, status.appExitCode],
      [1, 'FAILED', 255],
    )
    assert.equal(status.appExitMessages.runtime.originalUserExitCode, 7)
    assert.match(status.appExitDiagnostics, /exit code 7\. Its last words: no luck/)
    assert.equal(frameworkInfo.jobStatus.latestAttemptId, 3)
    const task = '/jobs/flaky/attempts/1/taskRoles/w/taskIndex/0/attempts/0'
    assert.equal(await log(task), 'attempt 1 with ******\nno luck\n')
  })

  for (const gang of [false, true]) {
    const what = gang ? 'the whole job begins anew' : 'it alone begins anew'
    it(`workers find their parameter server; when one is killed ${what}`, async () => {
      const name = gang ? 'gang' : 'single'
      await submit(distributed(name, gang))
      const task = (role: string, index: number, attempt = 0, one = 0) =>
        `/jobs/${name}/attempts/${attempt}/taskRoles/${role}/taskIndex/${index}/attempts/${one}`
      const pid = await until('the worker', async () =>
        Number(/^pid (\d+)$/m.exec(await log(task('worker', 1)))?.[1]),
      )
      process.kill(pid, 'SIGKILL')
      const { jobStatus, taskRoles } = await ended(name)
      assert.equal(jobStatus.state, 'SUCCEEDED', jobStatus.appExitDiagnostics)
      const attempt = gang ? 1 : 0
      assert.deepEqual(
        [jobStatus.attemptId, jobStatus.retryDetails.platform, jobStatus.retryDetails.user],
        [attempt, attempt, 0],
      )
      const [ps] = taskRoles.ps.taskStatuses
      assert.deepEqual([ps.taskState, ps.containerExitCode], ['STOPPED', -220])
      const { attempts: history } = await get(
        `/jobs/${name}/attempts/0/taskRoles/worker/taskIndex/1/attempts`,
      )
      assert.equal(history.at(-1).containerExitCode, 137)
      assert.equal(history.at(-1).containerExitSpec.type, 'PLATFORM_FAILURE')
      assert.equal(history.length, gang ? 1 : 2)
      const again = gang ? 0 : 1
      const logs = await Promise.all(
        [0, 1, 2].map((index) => log(task('worker', index, attempt, index === 1 ? again : 0))),
      )
      for (const [index, text] of logs.entries())
        assert.match(text, new RegExp(`^worker ${index} of 3 is done$`, 'm'))
      assert.match(logs.join(''), /^trained 2\.00 1\.00 true$/m)
    })
  }
})

/** A range that other runners of this host are not likely to give away as well. */
function freePorts(): string {
  const first = 10_000 + (process.pid % 99) * 100
  return `${first}-${first + 99}`
}
