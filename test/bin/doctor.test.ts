/**
 * What doctor says of directories and servers.
 * @module
 */
import assert from 'node:assert/strict'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { examine, type Finding, report } from '../../src/bin/doctor.ts'
import { readConfig } from '../../src/config.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { listen } from '../helpers/listen.ts'

async function find(env: Record<string, string>, name: string): Promise<Finding> {
  const found = (await examine(readConfig(env))).find((entry) => entry.name === name)
  assert.ok(found, `nothing about ${name}`)
  return found
}

describe('doctor', () => {
  it('tells which engines programs may run with here, and why others not', async () => {
    const off = await find({ WEFT_PROCESSES: 'off' }, 'processes')
    assert.deepEqual([off.state, off.text], ['note', 'none are run: WEFT_PROCESSES is off'])
    const party = await find({ WEFT_PARTIES: '9999' }, 'processes')
    assert.equal(party.state, 'note', 'an organisation has to allow it')
    if (process.platform !== 'linux') return
    const host = await find({ WEFT_PROCESSES: 'host' }, 'processes')
    assert.deepEqual([host.state, /^local: .*without a sandbox/.test(host.text)], ['ok', true])
    const cluster = await find(
      {
        WEFT_PROCESSES: 'host',
        WEFT_ENGINES: 'local,slurm',
        WEFT_SLURM_FOLDER: '/nowhere',
        WEFT_SLURM_URL: 'http://127.0.0.1:9',
        WEFT_SLURM_USER: 'ann',
        WEFT_SLURM_TOKEN: 'x',
      },
      'processes',
    )
    assert.equal(cluster.state, 'note')
    assert.match(cluster.text, /local: .*; slurm: ./)
  })

  it('says what a runner would compute on a GPU, and when it must not', async () => {
    const off = await find({ WEFT_WEBGPU: 'off' }, 'gpu kernel')
    assert.deepEqual([off.state, off.text], ['ok', 'not used, as WEFT_WEBGPU says'])
    if ('gpu' in globalThis.navigator) return
    const natives = await temporaryFolder()
    const none = await find({ WEFT_NATIVES: natives }, 'gpu kernel')
    assert.deepEqual(
      [none.state, /needs WebGPU: install the package/.test(none.text)],
      ['ok', true],
    )
    const forced = await find({ WEFT_NATIVES: natives, WEFT_WEBGPU: 'on' }, 'gpu kernel')
    assert.equal(forced.state, 'note', 'what was asked for is not there')
  })

  it('finds a data directory that is there or can be made, without a trace', async () => {
    const folder = await temporaryFolder()
    const there = await find({ WEFT_DATA_DIR: folder }, 'data directory')
    assert.deepEqual([there.state, there.text], ['ok', folder])
    const later = await find({ WEFT_DATA_DIR: join(folder, 'a/b') }, 'data directory')
    assert.deepEqual([later.state, later.text.endsWith('made at the first start')], ['ok', true])
    assert.deepEqual(await readdir(folder), [])
  })

  it('names a data directory that cannot be one, and the flag for another', async () => {
    const file = join(await temporaryFolder(), 'file')
    await writeFile(file, '')
    for (const path of [file, join(file, 'under')]) {
      const { state, text } = await find({ WEFT_DATA_DIR: path }, 'data directory')
      assert.equal(state, 'wrong')
      assert.match(text, /cannot be written to.*--data-dir DIR/)
    }
  })

  it('lists the optional native packages that were found, and those that were not', async () => {
    const folder = await temporaryFolder()
    const none = await find({ WEFT_NATIVES: folder }, 'native packages')
    assert.equal(none.state, 'note')
    assert.match(none.text, /^without onnxruntime-node, sharp, webgpu, .*--natives DIR/)
    await mkdir(join(folder, 'sharp'))
    await writeFile(join(folder, 'sharp/package.json'), '{"name":"sharp","version":"9.9.9"}')
    const one = await find({ WEFT_NATIVES: folder }, 'native packages')
    assert.equal(one.state, 'ok')
    assert.match(one.text, /^sharp 9\.9\.9 in .*; without onnxruntime-node, webgpu/)
  })

  it('tells what tasks are given, and what the operator has said of it', async () => {
    const env = { WEFT_CORES: '3', WEFT_GPUS: '5', WEFT_LABELS: 'zone=eu', WEFT_TASK_PORTS: '7-9' }
    assert.equal((await find(env, 'cores')).text, '3, as WEFT_CORES says')
    assert.equal((await find(env, 'for tasks')).text, 'labels zone=eu, ports 7-9')
    const gpu = await find(env, 'gpu')
    assert.match(gpu.text, /^5: /)
    assert.equal((await find({ WEFT_GPUS: 'none' }, 'gpu')).text, 'none')
  })

  it('opens a database that is there, and only tells of one that is not', async () => {
    const folder = await temporaryFolder()
    const env = { WEFT_DATA_DIR: folder, WEFT_DATABASE_URL: `file:${folder}/weft.db` }
    assert.equal((await find(env, 'database')).state, 'note')
    await writeFile(join(folder, 'weft.db'), 'x'.repeat(5000))
    assert.match((await find(env, 'database')).text, /not a database/)
    await writeFile(join(folder, 'weft.db'), '')
    assert.equal((await find(env, 'database')).state, 'ok')
  })

  it('tells a server that is away from a stranger, and from one that refuses the token', async () => {
    const answers: Record<string, (request: Request) => Response> = {
      stranger: () => new Response('hello'),
      other: () => Response.json({ status: 'ok' }),
      refusing: (request) =>
        request.url.endsWith('/healthz')
          ? Response.json({ status: 'ok', version: '1.2.3' })
          : Response.json(
              { error: { code: 'unauthenticated', message: 'A valid runner token is needed' } },
              { status: 401 },
            ),
      taking: (request) =>
        request.url.endsWith('/healthz')
          ? Response.json({ status: 'ok', version: '1.2.3' })
          : Response.json({ error: { code: 'forbidden', message: 'None' } }, { status: 403 }),
    }
    let kind = 'stranger'
    const server = await listen((request) => answers[kind](request))
    const env = { WEFT_SERVER_URL: server.url, WEFT_PARTIES: '10000' }
    const look = async (as: string) => {
      kind = as
      const { state, text } = await find(env, 'server')
      return `${state} ${text}`
    }
    try {
      assert.match(await look('stranger'), /^wrong .* cannot be reached as a Weft server/)
      assert.match(await look('other'), /^wrong .* is no Weft server$/)
      assert.match(await look('refusing'), /^wrong .*: A valid runner token is needed$/)
      assert.match(await look('taking'), /^ok .*, version 1\.2\.3, for party 10000$/)
    } finally {
      await server.close()
    }
    assert.match(await look('taking'), /^wrong .* cannot be reached/)
  })

  it('reports one line a finding, in columns', () => {
    const text = report([
      { name: 'cores', state: 'ok', text: '2' },
      { name: 'data directory', state: 'wrong', text: 'no' },
    ])
    assert.equal(text, 'ok     cores           2\nwrong  data directory  no')
  })
})
