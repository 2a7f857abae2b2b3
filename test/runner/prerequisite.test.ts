/**
 * @module
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'

import { exitOf } from '../../src/domain/exit.ts'
import type { Outcome, PrerequisiteEntry, ProcessTaskSpec } from '../../src/domain/work.ts'
import { createLocalEngine } from '../../src/engine/local.ts'
import { sandboxTrouble } from '../../src/engine/sandbox.ts'
import type { PrerequisiteOptions } from '../../src/runner/prerequisite.ts'
import { processSpec as engineSpec } from '../../src/runner/process-spec.ts'
import { createProcesses, type ProcessOptions } from '../../src/runner/process.ts'
import { allowedHosts } from '../../src/runner/reach.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { answerFetch, gitBackend, ROWS } from '../helpers/prerequisite-server.ts'
import { processSpec } from '../helpers/process-jobs.ts'
import { leasedTask, testLog } from '../helpers/runner.ts'

const trouble = await sandboxTrouble()
const skip = process.platform !== 'linux' && 'needs Linux: processes are told apart in /proc'
const SUM = createHash('sha256').update(ROWS).digest('hex')
const OPEN: PrerequisiteOptions = {
  allowed: allowedHosts(['127.0.0.0/8'], 'WEFT_FETCH_HOSTS'),
  importRoots: [],
  mostBytes: 100_000,
  idleMs: 300,
}

describe('what a program finds when it begins', { skip }, () => {
  let server: Server
  let at = ''
  let folder = ''
  let repositories = ''
  const asked: string[] = []

  before(async () => {
    repositories = await temporaryFolder()
    server = createServer((request, response) =>
      answerFetch(request, response, { repositories, asked }),
    )
    server.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  beforeEach(async () => {
    folder = await temporaryFolder()
    asked.length = 0
  })

  async function attempt(
    from: PrerequisiteEntry['from'] | readonly PrerequisiteEntry['from'][],
    {
      spec = {},
      fetches = OPEN,
      signal = new AbortController().signal,
      ...options
    }: {
      spec?: Partial<ProcessTaskSpec>
      fetches?: PrerequisiteOptions
      signal?: AbortSignal
    } & Partial<ProcessOptions> = {},
  ): Promise<{ outcome: Outcome; said: string }> {
    const executor = createProcesses({
      engines: new Map([['local', { engine: createLocalEngine({ watchMs: 20 }), folder }]]),
      mode: 'host',
      hidden: [folder],
      runnerId: 'r',
      log: testLog(),
      prerequisites: fetches,
      ...options,
    })
    const entries = [from].flat().map((one, index) => ({ name: `e${index}`, from: one }))
    const said: string[] = []
    const task = leasedTask('t', {
      kind: 'process',
      jobId: 'j1',
      name: 'work',
      attemptId: 'a1',
      spec: processSpec({
        command: { script: 'cd prerequisites/data/d && cat e0' },
        prerequisites: [{ type: 'data', name: 'd', entries }],
        ...spec,
      }),
    })
    try {
      const outcome = await executor.run(task, {
        signal,
        local: [],
        room: () => Promise.resolve(),
        report: (body) => void (body.type === 'log' && said.push(body.text)),
      })
      return { outcome, said: said.join('\n') }
    } finally {
      await executor.close()
    }
  }
  const http = (path: string, sha256?: string) =>
    ({ kind: 'http', url: `${at}${path}`, ...(sha256 ? { sha256 } : {}) }) as const
  /** Fails the attempt with that exit, and leaves nothing. */
  async function fails(
    from: PrerequisiteEntry['from'],
    { code, words, ...options }: { code: number; words: RegExp } & Parameters<typeof attempt>[1],
  ): Promise<void> {
    const { outcome } = await attempt(from, options)
    assert.ok(outcome.state === 'failed', JSON.stringify(outcome))
    assert.match(outcome.reason, /^Prerequisite data d /)
    assert.match(outcome.reason, words)
    const exit = exitOf({ state: 'failed', reason: outcome.reason, ending: null })
    assert.equal(exit?.code, code, outcome.reason)
    assert.deepEqual(await readdir(join(folder, 'jobs/j1')).then((all) => all.flat()), ['work'])
    assert.deepEqual(await readdir(join(folder, 'jobs/j1/work')), [])
  }

  it('is fetched from an address, over redirects, with the sum that it has', async () => {
    const { outcome, said } = await attempt([http('/moved', SUM), http('/rows')])
    assert.deepEqual([outcome.state, said], ['succeeded', ROWS.trim()])
    assert.deepEqual(asked, ['/moved', '/rows', '/rows'])
    const left = join(folder, 'jobs/j1/work/1/prerequisites/data/d')
    assert.equal(await readFile(join(left, 'e1'), 'utf8'), ROWS)
  })

  it('is the user’s fault where it is not there, another, too large or nowhere to be reached', async () => {
    const user = (words: RegExp) => ({ code: -200, words })
    await fails(http('/none'), user(/cannot be had: http:\S+\/none answered 404: mend the uri/))
    await fails(http('/none?token=hidden'), user(/^[^?]*\/none answered 404/))
    await fails(
      http('/rows', '0'.repeat(64)),
      user(new RegExp(`is not what its sha256 says: it is ${SUM}`)),
    )
    await fails(http('/large'), user(/larger than 100000 bytes.*WEFT_UPLOAD_LIMIT_MB/))
    await fails(http('/endless'), user(/larger than 100000 bytes/))
    await fails(http('/round'), user(/redirects more than 5 times/))
    await fails(http('/to-file'), user(/no address of its kind/))
    await fails(
      http('/to-private'),
      user(/10\.0\.0\.1 is not on the public internet.*WEFT_FETCH_HOSTS/),
    )
    asked.length = 0
    const fetches = { ...OPEN, allowed: allowedHosts([], 'WEFT_FETCH_HOSTS') }
    await fails(http('/rows'), { ...user(/127\.0\.0\.1 is not on the public internet/), fetches })
    assert.deepEqual(asked, [])
  })

  it('may come the next time where nobody answers, or not to the end', async () => {
    const passing = (words: RegExp) => ({ code: -120, words })
    await fails(http('/busy'), passing(/could not be fetched: \S+ answered 503$/))
    await fails(http('/silent'), passing(/nothing came for 0\.3 s/))
    await fails(http('/stops'), passing(/nothing came for 0\.3 s/))
    await fails(http('/torn'), passing(/\/torn: /))
    await fails(http('/drip'), {
      ...passing(/took more than 0\.2 s/),
      fetches: { ...OPEN, mostMs: 200 },
    })
    const gone = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => gone.once('listening', resolve))
    const { port } = gone.address() as AddressInfo
    await new Promise((resolve) => gone.close(resolve))
    await fails({ kind: 'http', url: `http://127.0.0.1:${port}/` }, passing(/ECONNREFUSED/))
  })

  it('is given up when the task is told to stop', async () => {
    const controller = new AbortController()
    const over = attempt(http('/silent'), {
      signal: controller.signal,
      fetches: { ...OPEN, idleMs: 60_000 },
    })
    server.once('request', () => controller.abort('Told to stop'))
    assert.deepEqual((await over).outcome, { state: 'failed', reason: 'Told to stop' })
  })

  it('is a folder of a storage or a file below an import directory, and nothing outside of them', async () => {
    const [stored, root] = [await temporaryFolder(), await temporaryFolder()]
    await mkdir(join(stored, 'sets'))
    await writeFile(join(stored, 'sets/one'), 'stored\n')
    await writeFile(join(root, 'two'), 'imported\n')
    await symlink('/etc', join(stored, 'out'))
    await symlink('/etc', join(root, 'out'))
    const storages = [{ name: 'data', path: stored, readOnly: true }]
    const fetches = { ...OPEN, importRoots: [root] }
    const spec = { command: { script: 'cd prerequisites/data/d; cat e0/one e1' } }
    const storage = (path: string) => ({ kind: 'storage', storage: 'data', path }) as const
    const path = (name: string) => ({ kind: 'path', path: name }) as const
    const both = [storage('sets'), path(join(root, 'two'))]
    const { outcome, said } = await attempt(both, { storages, fetches, spec })
    assert.deepEqual([outcome.state, said], ['succeeded', 'stored\nimported'])
    const link = join(folder, 'jobs/j1/work/1/prerequisites/data/d/e0')
    assert.equal(await readlink(link), join(stored, 'sets'))
    const user = (words: RegExp) => ({ code: -200, words, storages, fetches })
    folder = await temporaryFolder()
    await mkdir(join(folder, 'jobs/j1/work'), { recursive: true })
    await fails(storage('none'), user(/"none" of storage data is not there/))
    await fails(storage('out'), user(/leads out of it/))
    await fails(storage('../x'), user(/is not there|leads out of it/))
    await fails({ ...storage(''), storage: 'other' }, user(/no storage "other".*WEFT_STORAGES/))
    await fails(path('/etc/hostname'), user(/lies outside the import directories/))
    await fails(path(join(root, 'out/hostname')), user(/lies outside the import directories/))
    await fails(path('/x'), { ...user(/set WEFT_IMPORT_ROOTS/), fetches: OPEN })
  })

  it('has no place but its own', async () => {
    const entries = [{ name: '..', from: http('/rows') }]
    const bad = { prerequisites: [{ type: 'data', name: 'd', entries }] } as const
    await assert.rejects(attempt([], { spec: bad }), /"\.\." is no name of a prerequisite/)
  })

  it('is mounted in a container to be read, below its working directory', () => {
    const container = { image: 'busybox', shmMb: 0 }
    const task = leasedTask('t', { kind: 'process', spec: processSpec({ container }) })
    const told = engineSpec(task, {
      cwd: '/w',
      given: [{ path: '/srv/data', at: 'prerequisites/data/d/e0' }],
      outlives: false,
      options: { mode: 'host', hidden: [] },
    })
    const target = '/weft/work/prerequisites/data/d/e0'
    assert.deepEqual(told.container?.mounts, [{ source: '/srv/data', target, readOnly: true }])
  })

  it('is seen and not written in a sandbox', { skip: trouble }, async () => {
    const stored = await temporaryFolder()
    await writeFile(join(stored, 'one'), 'stored\n')
    const { outcome, said } = await attempt([{ kind: 'storage', storage: 'data', path: '' }], {
      mode: 'sandbox',
      hidden: [folder, stored],
      storages: [{ name: 'data', path: stored, readOnly: false }],
      spec: {
        command: { script: 'cd prerequisites/data/d/e0; cat one; echo x > new || echo refused' },
      },
    })
    assert.equal(outcome.state, 'succeeded')
    assert.match(said, /^stored$[\s\S]*^refused$/m)
    assert.equal(existsSync(join(stored, 'new')), false)
  })

  const backend = gitBackend()
  it(
    'is one commit of a git repository',
    { skip: backend === undefined && 'needs git' },
    async () => {
      const work = await temporaryFolder()
      const git = (...args: string[]) =>
        execFileSync('git', ['-C', work, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
          encoding: 'utf8',
        }).trim()
      git('init', '-q', '-b', 'main')
      for (const version of ['first', 'second']) {
        await writeFile(join(work, 'run.sh'), `echo ${version}\n`)
        git('add', '.')
        git('commit', '-q', '-m', version)
      }
      const first = git('rev-parse', 'HEAD~1')
      git('clone', '-q', '--bare', work, join(repositories, 'code.git'))
      git('-C', join(repositories, 'code.git'), 'config', 'uploadpack.allowAnySHA1InWant', 'true')
      const spec = {
        command: { script: 'cd prerequisites/data/d/e0; sh run.sh; git rev-list --count HEAD' },
      }
      const source = { kind: 'git', url: `${at}/git/code.git` } as const
      const now = await attempt(source, { spec })
      assert.deepEqual(
        [now.outcome.state, now.said],
        ['succeeded', 'second\n1'],
        JSON.stringify(now),
      )
      const then = await attempt({ ...source, ref: first }, { spec })
      assert.deepEqual(
        [then.outcome.state, then.said],
        ['succeeded', 'first\n1'],
        JSON.stringify(then),
      )
      folder = await temporaryFolder()
      await mkdir(join(folder, 'jobs/j1/work'), { recursive: true })
      const user = (words: RegExp) => ({ code: -200, words })
      await fails({ ...source, ref: 'none' }, user(/couldn't find remote ref none/))
      await fails({ ...source, url: `${at}/git/none.git` }, user(/not found/))
      await fails({ ...source, url: `file://${repositories}/code.git` }, user(/not allowed/))
      await fails({ ...source, url: `${at}/moved-git/code.git` }, user(/returned error: 302/))
      const fetches = { ...OPEN, allowed: allowedHosts([], 'WEFT_FETCH_HOSTS') }
      await fails(source, { ...user(/not on the public internet/), fetches })
      await fails({ ...source, url: `${at}/busy` }, { code: -120, words: /503/ })
    },
  )
})
