/**
 * The main job with guest, host and arbiter in three runner processes with three data directories. The runners
 * have no database: they reach the app's gateway with tokens, and each other directly. Where the system lets us
 * (running as root), each runs as a user of its own, so that the system itself keeps the directories apart.
 * @module
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmod, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { EXAMPLE_TABLES, exampleJob } from '../../src/console/example.ts'
import { ROOT } from '../helpers/place.ts'
import {
  fateClient,
  finished,
  freePort,
  freshFolder,
  removeFolders,
  runnerToken,
  start,
  type Started,
  tap,
  uploadExample,
} from './cluster.ts'

const PARTIES = [
  { role: 'guest', party: '9999' },
  { role: 'host', party: '10000' },
  { role: 'arbiter', party: '10001' },
] as const
const canSwitchUser = process.getuid?.() === 0

describe('three organisations, three runners', () => {
  const folders: string[] = []
  const processes: Started[] = []
  const taps: Awaited<ReturnType<typeof tap>>[] = []
  const dataDirs = new Map<string, { folder: string; uid: number | undefined }>()
  let url: string
  let jobId: string

  before(async () => {
    const appDir = await freshFolder('app')
    folders.push(appDir)
    const app = await start({
      entry: 'serve.ts',
      env: { WEFT_DATA_DIR: appDir, WEFT_PORT: '0' },
      ready: /^weft listening on (http:\/\/\S+)$/,
    })
    processes.push(app)
    url = app.match[1]
    const gateway = await tap(Number(new URL(url).port))
    taps.push(gateway)
    for (const [index, { party }] of PARTIES.entries()) {
      const uid = canSwitchUser ? 61_001 + index : undefined
      const folder = await freshFolder(`party-${party}`, uid)
      folders.push(folder)
      dataDirs.set(party, { folder, uid })
      const port = await freePort()
      const wire = await tap(port)
      taps.push(wire)
      processes.push(
        await start({
          entry: 'runner.ts',
          uid,
          env: {
            HOME: folder,
            TMPDIR: folder,
            WEFT_DATA_DIR: folder,
            WEFT_PARTIES: party,
            WEFT_SERVER_URL: `http://127.0.0.1:${gateway.port}`,
            WEFT_SERVER_TOKEN: runnerToken(appDir, party),
            WEFT_IMPORT_ROOTS: join(ROOT, 'public'),
            WEFT_INBOX_PORT: String(port),
            WEFT_INBOX_URL: `http://127.0.0.1:${wire.port}`,
          },
          ready: /weft runner ready/,
        }),
      )
    }
    for (const table of EXAMPLE_TABLES) await uploadExample(url, table)
    const { dsl, conf } = exampleJob({ arbiter: '10001' })
    const answer = await fateClient(url).ok('job/submit', {
      job_dsl: dsl,
      job_runtime_conf: conf,
    })
    assert.ok(answer.jobId)
    jobId = answer.jobId
  })

  after(async () => {
    for (const one of processes.toReversed()) await one.stop()
    for (const one of taps) await one.close()
    await removeFolders(folders)
  })

  it('the job succeeds with all 569 common rows and AUC ≥ 0.98', async () => {
    const rows = await finished(url, jobId)
    assert.deepEqual(
      rows.map((row) => `${row.f_role} ${row.f_party_id} ${row.f_status}`).toSorted(),
      ['arbiter 10001 success', 'guest 9999 success', 'host 10000 success'],
    )
    const metric = async (component: string, name: string) => {
      const { data } = await fateClient(url).ok<[string, number][]>(
        'tracking/component/metric_data',
        {
          job_id: jobId,
          role: 'guest',
          party_id: 9999,
          component_name: component,
          metric_namespace: 'train',
          metric_name: name,
        },
      )
      return new Map(data)
    }
    assert.equal((await metric('intersection_0', 'intersection')).get('intersect_count'), 569)
    const auc = (await metric('evaluation_0', 'hetero_lr_0')).get('auc')
    assert.ok(auc !== undefined && auc >= 0.98, `AUC ${auc}`)
  })

  it(
    'no runner can open the data directory of another',
    { skip: !canSwitchUser && 'needs root to run the runners as users of their own' },
    async () => {
      for (const [party, { uid }] of dataDirs) {
        for (const [other, { folder }] of dataDirs) {
          const { status } = spawnSync('ls', [folder], { uid, gid: uid })
          assert.equal(status === 0, party === other, `party ${party} lists the folder of ${other}`)
        }
      }
    },
  )

  it('the ledger tells what crossed, and nothing readable did but what it says', async (t) => {
    const response = await fetch(`${url}/api/weft/jobs/${jobId}/ledger`)
    const { lines } = (await response.json()) as {
      lines: {
        component: string
        sender: string
        receiver: string
        kind: string
        tag: string
        messages: number
        bytes: number
      }[]
    }
    for (const { component, sender, receiver, tag, kind, messages, bytes } of lines) {
      const what = `${component} ${tag} (${kind})`
      t.diagnostic(`${sender} → ${receiver}: ${what}, ${messages} messages, ${bytes} bytes`)
    }
    const ways = new Set(lines.map((line) => `${line.sender} → ${line.receiver}`))
    assert.ok(ways.has('host:10000 → guest:9999') && ways.has('guest:9999 → host:10000'))
    assert.ok(lines.some((line) => line.kind === 'ciphertext' && line.bytes > 100_000))
    assert.ok(lines.every((line) => line.bytes > 0))
  })

  it('no id, feature or label crosses the real wire readable', async () => {
    const [gateway, ...wires] = taps.map((one) => one.recorded())
    const between = Buffer.concat(wires)
    assert.ok(between.length > 1_000_000, `only ${between.length} bytes crossed between runners`)
    // The tap itself works: what runners tell the gateway in the open is found.
    assert.ok(gateway.includes('hetero_lr_0'))
    for (const table of EXAMPLE_TABLES) {
      const text = await readFile(join(ROOT, 'public', table.path), 'utf8')
      for (const row of text.trim().split('\n').slice(1, 61)) {
        const [id, ...values] = row.split(',')
        assert.equal(between.includes(id), false, `id ${id} crossed`)
        assert.equal(gateway.includes(`"${id}"`), false, `id ${id} reached the server`)
        for (const value of values.filter((entry) => entry.length > 5)) {
          assert.equal(between.includes(value), false, `value ${value} crossed`)
        }
        const pair = values.slice(-2)
        // A single number of six digits is found in a thousand points of curves by chance; two in a row are not.
        assert.equal(gateway.includes(pair.join(',')), false, `${pair.join()} reached the server`)
        for (const value of pair.map(Number)) {
          assert.equal(between.includes(littleEndian(value)), false, `the double ${value} crossed`)
        }
      }
    }
  })

  it('no private key left its directory', async () => {
    const wire = Buffer.concat(taps.map((one) => one.recorded()))
    for (const [party, { folder }] of dataDirs) {
      const file = join(folder, 'identity', `${party}.json`)
      if (canSwitchUser) await chmod(file, 0o600)
      const secrets = Object.values(
        JSON.parse(await readFile(file, 'utf8')) as Record<string, string>,
      )
      const secret = secrets.toSorted((a, b) => b.length - a.length)[0]
      assert.ok(secret.length > 40)
      assert.equal(wire.includes(secret), false)
      assert.equal(wire.includes(Buffer.from(secret, 'base64url').subarray(-32)), false)
    }
  })
})

function littleEndian(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return bytes
}
