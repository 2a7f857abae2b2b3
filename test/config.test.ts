/**
 * What the environment may say.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { readConfig } from '../src/config.ts'

describe('readConfig', () => {
  it('listens on this machine only, trusts it, and keeps everything in one folder by default', () => {
    const config = readConfig({})
    assert.equal(config.host, '127.0.0.1')
    assert.equal(config.port, 9380)
    assert.equal(config.auth, 'off')
    assert.equal(config.database.url, 'file:./data/weft.db')
    assert.equal(config.runner.parties, null)
    assert.equal(config.runner.previews, true)
  })

  it('asks for tokens on any other address, whatever is set', () => {
    assert.equal(readConfig({ WEFT_HOST: '0.0.0.0' }).auth, 'token')
    assert.equal(readConfig({ WEFT_HOST: '127.evil.example', WEFT_AUTH: 'off' }).auth, 'token')
    assert.equal(readConfig({ WEFT_HOST: '::1' }).auth, 'off')
    assert.equal(readConfig({ WEFT_AUTH: 'token' }).auth, 'token')
  })

  it('sets no limit on how often the API is asked unless told to', () => {
    const none = { requests: null, lists: null, submissions: null }
    assert.deepEqual(readConfig({}).rates, none)
    const some = readConfig({ WEFT_RATE_REQUESTS: '600', WEFT_RATE_SUBMISSIONS: '60' })
    assert.deepEqual(some.rates, { requests: 600, lists: null, submissions: 60 })
    assert.throws(() => readConfig({ WEFT_RATE_LISTS: '0' }), /WEFT_RATE_LISTS/)
  })

  it('names the export folder and the dialect of FATE-Flow, which has to be one there is', () => {
    const set = readConfig({ WEFT_EXPORT_DIR: '/out', WEFT_FATE_DIALECT: '1.4' })
    assert.deepEqual([set.exportDir, set.fateDialect], ['/out', '1.4'])
    const plain = readConfig({})
    assert.deepEqual([plain.exportDir, plain.fateDialect], [null, '1.0'])
    assert.throws(() => readConfig({ WEFT_FATE_DIALECT: '2.0' }), /WEFT_FATE_DIALECT/)
  })

  it('a runner of named parties keeps its rows to itself unless told otherwise', () => {
    const { runner } = readConfig({ WEFT_PARTIES: ' 9999, 10000,' })
    assert.deepEqual(runner.parties, ['9999', '10000'])
    assert.equal(runner.previews, false)
    assert.equal(readConfig({ WEFT_PARTIES: '1', WEFT_PREVIEWS: 'on' }).runner.previews, true)
  })

  it('runs programs of tasks in a sandbox if at all, and for an organisation only when told to', () => {
    const modeOf = (env: Record<string, string>) => readConfig(env).runner.processes.mode
    assert.equal(modeOf({}), null)
    assert.equal(modeOf({ WEFT_PARTIES: '1' }), 'off')
    assert.equal(modeOf({ WEFT_PARTIES: '1', WEFT_PROCESSES: 'sandbox' }), 'sandbox')
    assert.equal(modeOf({ WEFT_PROCESSES: 'host' }), 'host')
    assert.deepEqual(readConfig({}).runner.processes.engines, ['local'])
  })

  it('listens on the ports of the originals too where it is told to, or on others in their place', () => {
    const portsOf = (text?: string) => readConfig({ WEFT_COMPAT_PORTS: text }).compatPorts
    assert.deepEqual([portsOf(), portsOf('0'), portsOf('off')], [[], [], []])
    assert.deepEqual(
      [portsOf('1'), portsOf('on')],
      [
        [1104, 8092],
        [1104, 8092],
      ],
    )
    assert.deepEqual(portsOf('21104, 28092'), [21_104, 28_092])
    for (const wrong of ['yes', '8092,', '99999', '8092,8092', '-1']) {
      assert.throws(() => portsOf(wrong), /WEFT_COMPAT_PORTS/, wrong)
    }
  })

  it('reads where Slurm is, and its token from a file rather than from the environment', () => {
    const env = {
      WEFT_ENGINES: 'local, slurm',
      WEFT_SLURM_FOLDER: '/shared/weft',
      WEFT_SLURM_URL: 'http://slurm:6820/',
      WEFT_SLURM_USER: 'ann',
      WEFT_SLURM_TOKEN: 'x',
      WEFT_SLURM_TOKEN_FILE: '/run/token',
    }
    const { engines, slurm } = readConfig(env).runner.processes
    assert.deepEqual(engines, ['local', 'slurm'])
    assert.deepEqual(slurm, {
      folder: '/shared/weft',
      rest: { url: 'http://slurm:6820', user: 'ann', token: { file: '/run/token' } },
      partition: null,
    })
    assert.equal(readConfig({ ...env, WEFT_ENGINES: 'local' }).runner.processes.slurm, null)
  })

  it('takes labels, ports and devices for tasks', () => {
    const { hardware } = readConfig({}).runner
    assert.deepEqual(hardware.labels, {})
    assert.deepEqual(hardware.ports, [20_000, 29_999])
    assert.deepEqual([hardware.cores, hardware.gpus, hardware.visibleGpus], [undefined, null, null])
    const told = readConfig({
      WEFT_LABELS: 'gpu=a100, zone=eu west,empty=',
      WEFT_TASK_PORTS: '30000-30009',
      WEFT_CORES: '2.5',
      WEFT_MEMORY_MB: '4096',
      WEFT_GPUS: '0, 2',
      CUDA_VISIBLE_DEVICES: '2,3,-1,4',
    }).runner.hardware
    assert.deepEqual(told, {
      labels: { gpu: 'a100', zone: 'eu west', empty: '' },
      ports: [30_000, 30_009],
      cores: 2.5,
      memoryMb: 4096,
      gpus: ['0', '2'],
      visibleGpus: ['2', '3'],
      webgpu: false,
    })
    assert.deepEqual(readConfig({ WEFT_GPUS: 'none' }).runner.hardware.gpus, [])
    for (const [said, mode] of [
      [undefined, 'auto'],
      ['auto', 'auto'],
      ['1', 'on'],
      ['off', 'off'],
    ] as const) {
      const { runner } = readConfig({ WEFT_WEBGPU: said })
      assert.deepEqual([runner.webgpu, runner.hardware.webgpu], [mode, mode === 'on'])
    }
    assert.deepEqual(readConfig({ CUDA_VISIBLE_DEVICES: '' }).runner.hardware.visibleGpus, [])
  })

  it('says what each variable that is wrong should be, a line for each, and shows no address', () => {
    const env = {
      WEFT_PORT: '99999',
      WEFT_AUTH: 'maybe',
      WEFT_CORES: 'many',
      WEFT_INBOX_URL: 'here',
      WEFT_SERVER_URL: 'ann secret',
      WEFT_TASK_PORTS: '9-1',
    }
    assert.throws(() => readConfig(env), {
      message: [
        'WEFT_PORT is "99999", but expected a whole number from 0 to 65535',
        'WEFT_AUTH is "maybe", but expected off, token',
        'WEFT_TASK_PORTS is "9-1", but expected two ports from 1 to 65535, the lower one first',
        'WEFT_CORES is "many", but expected a number above 0, at most 65536',
        'WEFT_INBOX_URL is wrong: expected an address as http://host:port',
        'WEFT_SERVER_URL is wrong: expected an address as http://host:port',
      ].join('\n'),
    })
  })

  const refused: [Record<string, string>, RegExp][] = [
    [{ WEFT_PROCESSES: 'yes' }, /WEFT_PROCESSES/],
    [{ WEFT_ENGINES: 'docker' }, /WEFT_ENGINES/],
    [{ WEFT_WEBGPU: 'software' }, /WEFT_WEBGPU/],
    [{ WEFT_ENGINES: 'slurm' }, /needs WEFT_SLURM_FOLDER/],
    [{ WEFT_SLURM_FOLDER: 'relative' }, /WEFT_SLURM_FOLDER/],
    [
      { WEFT_ENGINES: 'slurm', WEFT_SLURM_FOLDER: '/x', WEFT_SLURM_URL: 'http://slurm:6820' },
      /WEFT_SLURM_URL needs WEFT_SLURM_USER/,
    ],
    [{ WEFT_PORT: 'many' }, /WEFT_PORT/],
    [{ WEFT_PORT: '70000' }, /WEFT_PORT/],
    [{ WEFT_LABELS: 'a100' }, /expected key=value/],
    [{ WEFT_TASK_PORTS: '3000' }, /expected FIRST-LAST/],
    [{ WEFT_TASK_PORTS: '300-200' }, /the lower one first/],
    [{ WEFT_CORES: '0' }, /WEFT_CORES/],
    [{ WEFT_AUTH: 'maybe' }, /WEFT_AUTH/],
    [{ WEFT_SERVER_URL: 'not a url' }, /WEFT_SERVER_URL/],
    [{ WEFT_HOTS: 'x' }, /Unknown variable WEFT_HOTS/],
  ]
  for (const [env, message] of refused) {
    it(`refuses ${JSON.stringify(env)} by name`, () => {
      assert.throws(() => readConfig(env), message)
    })
  }
})
