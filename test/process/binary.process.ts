/**
 * The single binary: built, then alone in an empty directory with an empty environment, where it joins a running
 * server and trains its party's side of the example job.
 * @module
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { access, chmod, cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { EXAMPLE_TABLES, exampleJob } from '../../src/console/example.ts'
import { outputLocation } from '../../src/runner/data/path.ts'
import { ROOT } from '../helpers/place.ts'
import {
  fateClient,
  finished,
  freshFolder,
  launch,
  removeFolders,
  runnerToken,
  start,
  type Started,
  uploadExample,
} from './cluster.ts'

const ENV = { PATH: '/usr/bin:/bin' }
const PARTY = '10000'

describe('the single binary', () => {
  const folders: string[] = []
  let folder: string
  let binary: string

  before(async () => {
    const build = await freshFolder('binary')
    folder = await freshFolder('empty')
    folders.push(build, folder)
    binary = join(build, 'weft-runner')
    const cli = ['--import', 'tsx', 'src/bin/cli.ts', 'build-runner', '--out', binary]
    const { status, stderr } = spawnSync(process.execPath, cli, { cwd: ROOT, encoding: 'utf8' })
    assert.equal(status, 0, stderr)
  })

  after(() => removeFolders(folders))

  function ask(...args: string[]): { status: number | null; stdout: string; stderr: string } {
    return spawnSync(binary, args, { cwd: folder, env: ENV, encoding: 'utf8' })
  }

  it('tells its version and its commands', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
      version: string
    }
    assert.deepEqual([ask('--version').stdout, ask('--version').stderr], [`${version}\n`, ''])
    for (const name of ['run', 'register', 'doctor']) assert.match(ask('--help').stdout, word(name))
    const wrong = ask('walk')
    assert.equal(wrong.status, 1)
    assert.match(wrong.stderr, /No command "walk"/)
  })

  it('doctor says what the machine has, with its own addon and the fast kernel, and leaves no trace', async () => {
    const { status, stdout, stderr } = ask('doctor')
    assert.equal(status, 0, stdout + stderr)
    assert.match(stdout, /^ok +libsql +loads, SQLite 3\./m)
    assert.match(stdout, /^ok +kernel +wasm-fma$/m)
    for (const name of ['cores', 'memory', 'gpu', 'data directory', 'slurm', 'containers']) {
      assert.match(stdout, word(name))
    }
    assert.match(stdout, /^note +sql without flink +This host has no DuckDB/m)
    // Lent from this project, as an operator would install it for the binary.
    const lent = ask('doctor', '--natives', ROOT)
    assert.match(lent.stdout, /^ok +sql without flink +DuckDB v\S+ loads/m)
    assert.deepEqual(await readdir(folder), [])
  })

  it('a temporary directory that cannot be written to is named, with the flag for another', () => {
    // Not even root writes there.
    for (const args of [['--temp-dir', '/proc'], ['--temp-dir=/nonexistent']]) {
      const run = ask('run', ...args)
      assert.equal(run.status, 1)
      assert.match(
        run.stderr,
        /directory \/(proc|nonexistent) is not usable \(\w+\).*--temp-dir DIR/,
      )
      const doctor = ask('doctor', ...args)
      assert.equal(doctor.status, 1)
      assert.match(doctor.stdout, /^wrong +temporary directory .*--temp-dir DIR/m)
    }
  })

  describe('beside a running server', () => {
    const processes: Started[] = []
    let url: string
    let token: string
    let appDir: string
    let dataDir: string
    let tempDir: string

    before(async () => {
      appDir = await freshFolder('app')
      const otherDir = await freshFolder('others')
      folders.push(appDir, otherDir)
      dataDir = join(folder, 'data')
      tempDir = join(folder, 'temp')
      await mkdir(tempDir)
      const app = await start({
        entry: 'serve.ts',
        env: { WEFT_DATA_DIR: appDir, WEFT_PORT: '0' },
        ready: /^weft listening on (http:\/\/\S+)$/,
      })
      processes.push(app)
      url = app.match[1]
      token = runnerToken(appDir, PARTY)
      processes.push(
        await start({
          entry: 'runner.ts',
          env: {
            WEFT_DATA_DIR: otherDir,
            WEFT_PARTIES: '9999,10001',
            WEFT_SERVER_URL: url,
            WEFT_SERVER_TOKEN: runnerToken(appDir, '9999,10001'),
            WEFT_IMPORT_ROOTS: join(ROOT, 'public'),
          },
          ready: /weft runner ready/,
        }),
      )
    })

    after(async () => {
      for (const one of processes.toReversed()) await one.stop()
    })

    const place = () => ['--data-dir', dataDir, '--temp-dir', tempDir]

    it('a token for other parties, or none at all, is refused and nothing is kept', async () => {
      const server = ['--server', url]
      const foreign = ask('register', ...server, '--token', token, '--parties', '9999', ...place())
      assert.equal(foreign.status, 1)
      assert.match(foreign.stderr, /may not serve party 9999/)
      const made = ask('register', ...server, '--token', 'weft_x', '--parties', PARTY, ...place())
      assert.equal(made.status, 1)
      assert.match(made.stderr, /valid runner token/)
      await assert.rejects(access(join(dataDir, 'runner.json')))
    })

    it('one command registers it, for nobody else to read', async () => {
      const flags = ['--server', url, '--token', token, '--parties', PARTY]
      const { status, stdout, stderr } = ask('register', ...flags, ...place())
      assert.equal(status, 0, stderr)
      assert.match(stdout, /^party 10000 has the key [0-9a-f]{4} /)
      assert.equal((await stat(join(dataDir, 'runner.json'))).mode & 0o777, 0o600)
      const doctor = ask('doctor', ...place())
      assert.equal(doctor.status, 0, doctor.stdout)
      assert.match(doctor.stdout, /^ok +server .* for party 10000$/m)
    })

    it('one printed command with a one-time code registers it as well, once', async () => {
      const cli = ['--import', 'tsx', 'src/bin/cli.ts', 'runner', 'invite', '--party', '20000']
      const { stdout, stderr } = spawnSync(process.execPath, cli, {
        cwd: ROOT,
        env: { ...ENV, WEFT_DATA_DIR: appDir, WEFT_PUBLIC_URL: url },
        encoding: 'utf8',
      })
      const [program, ...words] = stdout.trim().split(' ')
      assert.equal(program, 'weft-runner', stderr)
      const joined = await freshFolder('joined')
      folders.push(joined)
      const other = join(joined, 'data')
      const where = ['--data-dir', other, '--temp-dir', tempDir]
      const first = ask(...words, ...where)
      assert.equal(first.status, 0, first.stderr)
      assert.match(first.stdout, /^party 20000 has the key/)
      assert.equal((await stat(join(other, 'runner.json'))).mode & 0o777, 0o600)
      const doctor = ask('doctor', ...where)
      assert.match(doctor.stdout, /^ok +server .* for party 20000$/m)
      const second = ask(...words, ...where)
      assert.equal(second.status, 1)
      assert.match(second.stderr, /^weft: The code was used at /)
    })

    it('it trains its side of the example job on a table of its own, and stops when told', async () => {
      // Its default import folder; the server's own copy is none of its business.
      const { path } = EXAMPLE_TABLES.filter(({ party }) => party === PARTY)[0]
      await cp(join(ROOT, 'public', path), join(dataDir, 'import', path))
      const runner = await launch({
        command: [binary, 'run', ...place()],
        cwd: folder,
        env: ENV,
        ready: /weft runner ready: serves 10000/,
      })
      processes.push(runner)
      for (const table of EXAMPLE_TABLES) await uploadExample(url, table)
      const { dsl, conf } = exampleJob()
      const answer = await fateClient(url).ok('job/submit', {
        job_dsl: dsl,
        job_runtime_conf: conf,
      })
      assert.ok(answer.jobId)
      const rows = await finished(url, answer.jobId)
      assert.deepEqual(
        rows.map((row) => `${row.f_role} ${row.f_party_id} ${row.f_status}`).toSorted(),
        ['arbiter 10001 success', 'guest 9999 success', 'host 10000 success'],
      )
      const seat = { jobId: answer.jobId, role: 'host', party: PARTY, node: 'hetero_lr_0' }
      const model = join(dataDir, outputLocation(seat, 'model'))
      assert.ok((await readFile(model, 'utf8')).length > 100)
      assert.equal(await runner.stop(), 0)
      assert.deepEqual((await readdir(folder)).toSorted(), ['data', 'temp'])
    })

    it('an addon in the temporary directory that was tampered with is replaced, not loaded', async () => {
      const own = join(tempDir, `weft-runner-${process.getuid?.()}`)
      const [file] = await readdir(own)
      await chmod(join(own, file), 0o700)
      await writeFile(join(own, file), 'not an addon')
      const { status, stdout } = ask('doctor', ...place())
      assert.equal(status, 0, stdout)
      assert.match(stdout, /^ok +libsql +loads/m)
      assert.ok((await stat(join(own, file))).size > 1_000_000)
    })
  })
})

function word(text: string): RegExp {
  return new RegExp(`\\b${text}\\b`)
}
