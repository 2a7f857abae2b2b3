import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'

import { freshFolder, removeFolders, start, type Started, until } from '../process/cluster.ts'
import { HEAD } from '../process/pai-train.ts'

const SDK = '@microsoft/openpai-js-sdk'
const VERSION = '0.1.5'

const folder = await freshFolder('pai')
const modules = process.env['WEFT_PAI_SDK'] ?? (await install())

/** The package and what it needs, in a folder of its own; a sentence where that cannot be had. */
async function install(): Promise<string | undefined> {
  await writeFile(join(folder, 'package.json'), '{ "private": true }')
  const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']
  const npm = spawnSync('npm', ['install', ...options, `${SDK}@${VERSION}`], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 180_000,
  })
  if (npm.status === 0) return folder
  console.error(npm.error?.message ?? npm.stderr)
  return undefined
}

const program = join(modules ?? folder, 'node_modules', SDK, 'lib/src/cli.js')
const skip =
  !existsSync(program) &&
  `npm cannot install ${SDK}@${VERSION} here: see above, or name a folder that has it in WEFT_PAI_SDK`

interface Client {
  authn: { basicLogin(name: string, password: string): Promise<{ token: string; admin: boolean }> }
  job: {
    updateJobExecutionType(user: string, job: string, value: string): Promise<unknown>
    getJobConfig(user: string, job: string): Promise<{ name: string }>
    listJobs(query: object): Promise<{ name: string }[]>
  }
}

describe('pai, the command line of OpenPAI', { skip, timeout: 180_000 }, () => {
  const processes: Started[] = []
  let url = ''
  let operator = ''
  let token = ''

  before(async () => {
    const data = join(folder, 'data')
    await mkdir(data)
    // Without it the program complains, and goes on.
    await mkdir(join(folder, '.openpai'))
    await writeFile(join(folder, '.openpai/clusters.json'), '[]')
    const env = { WEFT_DATA_DIR: data, WEFT_PORT: '0', WEFT_AUTH: 'token' }
    const server = await start({
      entry: 'serve.ts',
      env,
      ready: /^weft listening on (http:\/\/\S+)$/,
    })
    processes.push(server)
    url = server.match[1]
    const made = spawnSync(
      process.execPath,
      ['--import', 'tsx', 'src/bin/cli.ts', 'token', 'create', 'user'],
      { encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '', ...env } },
    )
    assert.equal(made.status, 0, made.stderr)
    operator = made.stdout.trim()
    const host = { ...env, WEFT_PROCESSES: 'host' }
    processes.push(await start({ entry: 'runner.ts', env: host, ready: /weft runner ready/ }))
    for (const username of ['ann', 'bob']) {
      const user = { username, password: 'secret-1', email: '', virtualCluster: [], admin: false }
      const response = await fetch(`${url}/rest-server/api/v2/users`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${operator}` },
        body: JSON.stringify({ ...user, extension: {} }),
      })
      assert.equal(response.status, 201, await response.text())
    }
    token = (await client({ username: 'ann' }).authn.basicLogin('ann', 'secret-1')).token
    assert.equal((await pai('addc', url, 'ann', token, '--alias', 'weft')).error, '')
  })
  after(async () => {
    for (const one of processes.toReversed()) await one.stop()
    await removeFolders([folder])
  })

  /** What the program prints. */
  async function pai(...args: string[]): Promise<{ output: string; error: string }> {
    const env = { PATH: process.env['PATH'] ?? '', HOME: folder, NODE_NO_WARNINGS: '1' }
    const child = spawn(process.execPath, [program, ...args], { env })
    const [output, error] = await Promise.all([text(child.stdout), text(child.stderr)])
    if (child.exitCode === null) await once(child, 'exit')
    return { output, error: error.trim() }
  }

  /** The package's library, which has what its program has no command for. */
  function client(cluster: { username: string; token?: string }): Client {
    const { PAIV2 } = createRequire(program)(join(program, '..', 'index.js')) as {
      PAIV2: { OpenPAIClient: new (cluster: object) => Client }
    }
    return new PAIV2.OpenPAIClient({
      rest_server_uri: `${new URL(url).host}/rest-server`,
      https: false,
      ...cluster,
    })
  }

  async function submit(name: string, commands: string): Promise<string> {
    const file = join(folder, `${name}.yaml`)
    await writeFile(
      file,
      `${HEAD(name)}taskRoles:
  main:
    dockerImage: img
    resourcePerInstance: { cpu: 1, memoryMB: 64, gpu: 0 }
    commands: [${JSON.stringify(commands)}]
`,
    )
    const { output, error } = await pai('subj', 'weft', file)
    assert.equal(error, '')
    return output
  }
  const state = async (name: string): Promise<string> => {
    const { output, error } = await pai('getj', '--user', 'ann', 'weft', name)
    assert.equal(error, '')
    return (JSON.parse(output) as { jobStatus: { state: string } }).jobStatus.state
  }

  it('knows the cluster that it was told of', async () => {
    const { output } = await pai('listc')
    assert.match(output, /weft/)
    assert.match(output, /ann/)
  })

  it('submits a job and reads how it ended', async () => {
    assert.match(await submit('short', 'echo done'), /Update job short for user ann successfully/)
    await until('the job is over', async () => (await state('short')) === 'SUCCEEDED')
  })

  it('lists jobs, and a job that was stopped through its library', async () => {
    await submit('long', 'sleep 600')
    await until('the job runs', async () => (await state('long')) === 'RUNNING')
    await client({ username: 'ann', token }).job.updateJobExecutionType('ann', 'long', 'STOP')
    await until('the job has stopped', async () => (await state('long')) === 'STOPPED')
    const { output, error } = await pai('listj', 'weft')
    assert.equal(error, '')
    assert.match(output, /long\s+.*ann\s+.*STOPPED/)
    assert.match(output, /short\s+.*ann\s+.*SUCCEEDED/)
  })

  it('reads what was submitted, and lists what others have', async () => {
    const own = client({ username: 'bob', token: await tokenOf('bob') })
    assert.equal((await own.job.getJobConfig('ann', 'short')).name, 'short')
    assert.deepEqual(await own.job.listJobs({ username: 'bob' }), [])
  })

  it('is told why it may not', async () => {
    const bob = client({ username: 'bob', token: await tokenOf('bob') })
    await assert.rejects(bob.job.updateJobExecutionType('ann', 'short', 'STOP'), (error) => {
      assert.equal((error as { data?: { code?: string } }).data?.code, 'ForbiddenUserError')
      return true
    })
    await assert.rejects(
      client({ username: 'ann' }).authn.basicLogin('ann', 'wrong-1'),
      (error) => {
        assert.match(JSON.stringify(error), /IncorrectPasswordError/)
        return true
      },
    )
    const { error } = await pai('getj', '--user', 'ann', 'weft', 'missing')
    assert.match(error, /NoJobError/)
  })

  it('lists storages', async () => {
    const { output, error } = await pai('lists', 'weft')
    assert.equal(error, '')
    assert.equal(typeof JSON.parse(output), 'object')
  })

  async function tokenOf(name: string): Promise<string> {
    return (await client({ username: name }).authn.basicLogin(name, 'secret-1')).token
  }
})
