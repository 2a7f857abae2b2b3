/**
 * A job of task roles in a real cluster of four nodes: a parameter server and three workers that find each other and
 * train a model.
 * @module
 */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { freshFolder, removeFolders, start, type Started, until } from '../process/cluster.ts'
import { distributed } from '../process/pai-train.ts'
import { type Cluster, missing, startCluster } from './cluster.ts'

const lacking = missing()

describe('a job of task roles in a cluster', { skip: lacking ?? false, timeout: 240_000 }, () => {
  const processes: Started[] = []
  const folders: string[] = []
  let cluster: Cluster
  let url = ''

  before(async () => {
    cluster = await startCluster({ nodes: 4 })
    const folder = await freshFolder('slurm-pai')
    const own = await freshFolder('slurm-pai-runner')
    folders.push(folder, own)
    const app = await start({
      entry: 'serve.ts',
      env: { WEFT_DATA_DIR: folder, WEFT_PORT: '0' },
      ready: /^weft listening on (http:\/\/\S+)$/,
    })
    processes.push(app)
    url = app.match[1]
    const tokenFile = join(own, 'token')
    await writeFile(tokenFile, cluster.token())
    const first = 30_000 + (process.pid % 99) * 100
    const runner = await start({
      entry: 'runner.ts',
      env: {
        ...cluster.env,
        WEFT_DATA_DIR: own,
        WEFT_SERVER_URL: url,
        WEFT_ENGINES: 'slurm',
        WEFT_SLURM_URL: cluster.restUrl,
        WEFT_SLURM_USER: 'root',
        WEFT_SLURM_TOKEN_FILE: tokenFile,
        WEFT_SLURM_FOLDER: join(cluster.folder, 'shared'),
        WEFT_TASK_PORTS: `${first}-${first + 99}`,
      },
      ready: /weft runner ready/,
    })
    processes.push(runner)
  })
  after(async () => {
    for (const one of processes.toReversed()) await one.stop('SIGKILL')
    await cluster?.stop()
    await removeFolders(folders)
  })

  const get = async (path: string): Promise<ReturnType<typeof JSON.parse>> =>
    (await fetch(`${url}/api/v2${path}`)).json()
  const log = async (path: string): Promise<string> => {
    const response = await fetch(`${url}/api/v2${path}/logs/all`)
    return response.ok ? response.text() : ''
  }

  it('a gang that the cluster could never hold at once is refused with the numbers', async () => {
    const text = distributed('large', true)
    const body = `${text.trimEnd().slice(0, -1)}, weft: { host: true } }\n`.replace(
      /instances: 3/,
      'instances: 4',
    )
    assert.notEqual(body.indexOf('instances: 4'), -1, body)
    const headers = { 'content-type': 'text/yaml' }
    const answer = await fetch(`${url}/api/v2/jobs`, { method: 'POST', headers, body })
    assert.equal(answer.status, 403)
    const { message } = (await answer.json()) as { message: string }
    assert.match(
      message,
      /together ask for 5 cores, and the 4 nodes of the cluster have 4: ask for less/,
    )
  })

  it('a gang without room says in words what it waits for', async () => {
    const held = cluster.command(
      'sbatch',
      '--parsable',
      '-o',
      '/dev/null',
      '--wrap',
      'sleep 600',
      '-c',
      '1',
    )
    try {
      const headers = { 'content-type': 'text/yaml' }
      const body = `${distributed('waits', true).trimEnd().slice(0, -1)}, weft: { host: true } }\n`
      const answer = await fetch(`${url}/api/v2/jobs`, { method: 'POST', headers, body })
      assert.equal(answer.status, 202, await answer.text())
      const words = await until(
        'the words',
        async () => {
          const { taskRoles } = await get('/jobs/waits')
          const all = Object.values<ReturnType<typeof JSON.parse>>(taskRoles ?? {})
            .flatMap(({ taskStatuses }) => taskStatuses)
            .map(({ containerExitDiagnostics }) => String(containerExitDiagnostics))
          const both = [
            /waits for room in the cluster/,
            /has its node and waits for \S+, for which/,
          ]
          return both.every((one) => all.some((text) => one.test(text))) && all
        },
        60,
      )
      console.log(`    ${words.join('\n    ')}`)
      const page = await (await fetch(`${url}/batch/jobs/weft~waits`)).text()
      assert.match(page, /has its node and waits for/)
      await fetch(`${url}/api/v2/jobs/waits/executionType`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: '{"value":"STOP"}',
      })
    } finally {
      cluster.command('scancel', held.trim())
    }
    await until('the cluster is empty', async () => cluster.command('squeue', '-h') === '', 60)
  })

  for (const gang of [false, true]) {
    const what = gang ? 'the whole job begins anew' : 'it alone begins anew'
    it(`workers find their parameter server; when one is killed ${what}`, async () => {
      const name = gang ? 'gang' : 'single'
      // The server of a one-node cluster may well have fewer cores than four instances.
      const train = `${process.execPath} train.cjs`
      const body =
        `${distributed(name, gang).trimEnd().slice(0, -1)}, weft: { host: true } }\n`.replaceAll(
          train,
          `echo "$SLURMD_NODENAME is $PAI_CURRENT_CONTAINER_IP, server $PAI_HOST_IP_ps_0"\n        ${train}`,
        )
      const headers = { 'content-type': 'text/yaml' }
      const answer = await fetch(`${url}/api/v2/jobs`, { method: 'POST', headers, body })
      assert.equal(answer.status, 202, await answer.text())
      const worker = `/jobs/${name}/attempts/0/taskRoles/worker/taskIndex/1/attempts`
      const pid = await until(
        'the worker',
        async () => Number(/^pid (\d+)$/m.exec(await log(`${worker}/0`))?.[1]),
        60,
      )
      assert.match(cluster.command('squeue', '-h', '-o', '%j'), /weft\./)
      process.kill(pid, 'SIGKILL')
      const { jobStatus, taskRoles } = await until(
        'the end of the job',
        async () => {
          const job = await get(`/jobs/${name}`)
          return ['SUCCEEDED', 'FAILED'].includes(job.jobStatus.state) && job
        },
        90,
      )
      assert.equal(jobStatus.state, 'SUCCEEDED', JSON.stringify(jobStatus))
      assert.equal(jobStatus.attemptId, gang ? 1 : 0)
      assert.equal(taskRoles.ps.taskStatuses[0].taskState, 'STOPPED')
      const { attempts } = await get(worker)
      assert.equal(attempts.at(-1).containerExitCode, 137)
      const last = gang ? 1 : 0
      const logs = await Promise.all(
        [0, 1, 2].map((index) =>
          log(
            `/jobs/${name}/attempts/${last}/taskRoles/worker/taskIndex/${index}/attempts/${!gang && index === 1 ? 1 : 0}`,
          ),
        ),
      )
      // Each node has room for one: the server listens at the address of its own node only.
      const places = logs.flatMap((text) => [
        ...text.matchAll(/^node(\d) is (\S+), server (\S+)$/gm),
      ])
      assert.equal(places.length, 3)
      for (const [, node, address] of places) assert.equal(address, `127.0.0.${node}`)
      const server = new Set(places.map(([, , , address]) => address))
      assert.equal(server.size, 1)
      // One that begins anew alone may follow a worker that is done.
      const nodes = new Set([...server, ...places.map(([, , address]) => address)])
      assert.ok(gang ? nodes.size === 4 : nodes.size >= 2, [...nodes].join(' '))
      assert.match(logs.join(''), /^trained 2\.00 1\.00 true$/m)
      await until('the cluster is empty', async () => cluster.command('squeue', '-h') === '', 60)
    })
  }
})
