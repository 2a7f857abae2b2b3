/**
 * What is made of nvidia-smi's words, and of what an operator says.
 * @module
 */
import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { describe, it } from 'node:test'

import { type Ask, findGpus, findHardware, hostAddress } from '../../src/runner/hardware.ts'

const UUIDS = [
  'GPU-1f3d2c4b-8a6e-0f1d-93ce-5f2a7b9d1e10',
  'GPU-77aa01de-5c1b-4a2e-8d40-21c3b0a9f811',
]
const TWO = `0, NVIDIA A100-SXM4-80GB, 81920, 550.54.15, ${UUIDS[0]}, Disabled
1, NVIDIA A100-SXM4-80GB, 81920, 550.54.15, ${UUIDS[1]}, Disabled
`
const DIVIDED = `GPU 0: NVIDIA A100-SXM4-40GB (UUID: ${UUIDS[0]})
  MIG 3g.20gb     Device  0: (UUID: MIG-c7384736-a75d-5afc-978f-d2f1294409fd)
  MIG 1g.5gb+me   Device  1: (UUID: MIG-4d806f22-346a-5a1d-ba01-86b505cdf485)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: ${UUIDS[1]})
`

/** An nvidia-smi that answers queries and \`-L\` with these texts. */
function smi(query: string, list = ''): Ask {
  return (program, args) => {
    assert.equal(program, 'nvidia-smi')
    return Promise.resolve({ ok: true, text: args[0] === '-L' ? list : query })
  }
}

const absent: Ask = () => Promise.resolve(undefined)

describe('findGpus', () => {
  it('reads index, name, memory and driver of every device', async () => {
    const { gpus, warnings } = await findGpus(smi(TWO))
    const own = { name: 'NVIDIA A100-SXM4-80GB', memoryMb: 81_920, driver: '550.54.15' }
    assert.deepEqual(gpus, [
      { id: '0', ...own, kind: 'cuda' },
      { id: '1', ...own, kind: 'cuda' },
    ])
    assert.deepEqual(warnings, [])
  })

  it('takes commas in names and figures that are not there as they are', async () => {
    const text = `0, NVIDIA RTX A6000, rev B, 49140, 535.161.08, ${UUIDS[0]}, [N/A]
1, NVIDIA GB10, [N/A], 580.95.05, ${UUIDS[1]}, [Not Supported]
`
    const { gpus } = await findGpus(smi(text))
    assert.deepEqual(
      gpus.map(({ name, memoryMb }) => [name, memoryMb]),
      [
        ['NVIDIA RTX A6000, rev B', 49_140],
        ['NVIDIA GB10', null],
      ],
    )
  })

  it('counts the instances of a divided device instead of it', async () => {
    const query = `0, NVIDIA A100-SXM4-40GB, 40960, 550.54.15, ${UUIDS[0]}, Enabled
1, NVIDIA A100-SXM4-40GB, 40960, 550.54.15, ${UUIDS[1]}, Disabled
`
    const { gpus, warnings } = await findGpus(smi(query, DIVIDED))
    assert.deepEqual(
      gpus.map(({ id, name, memoryMb }) => [id, name, memoryMb]),
      [
        [
          'MIG-c7384736-a75d-5afc-978f-d2f1294409fd',
          'NVIDIA A100-SXM4-40GB MIG 3g.20gb',
          20 * 1024,
        ],
        [
          'MIG-4d806f22-346a-5a1d-ba01-86b505cdf485',
          'NVIDIA A100-SXM4-40GB MIG 1g.5gb+me',
          5 * 1024,
        ],
        ['1', 'NVIDIA A100-SXM4-40GB', 40_960],
      ],
    )
    assert.deepEqual(warnings, [])
    const bare = await findGpus(smi(query, `GPU 0: NVIDIA A100 (UUID: ${UUIDS[0]})\n`))
    assert.deepEqual(
      bare.gpus.map(({ id }) => id),
      ['1'],
    )
    assert.deepEqual(bare.warnings, ['GPU 0 is in MIG mode but has no instances'])
  })

  it('asks a driver that knows nothing of division once more', async () => {
    const asked: string[] = []
    const old: Ask = (_program, [query]) => {
      asked.push(query)
      return Promise.resolve(
        query.includes('mig.mode')
          ? { ok: false, text: 'Field "mig.mode.current" is not a valid field to query.' }
          : { ok: true, text: `0, Tesla K80, 11441, 418.226.00, ${UUIDS[0]}\n` },
      )
    }
    const { gpus, warnings } = await findGpus(old)
    assert.deepEqual(
      gpus.map(({ id, name, driver }) => [id, name, driver]),
      [['0', 'Tesla K80', '418.226.00']],
    )
    assert.deepEqual([asked.length, warnings], [2, []])
  })

  it('is silent without nvidia-smi, and warns of one that fails or cannot be understood', async () => {
    assert.deepEqual(await findGpus(absent), { gpus: [], warnings: [] })
    const text =
      "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure\nmore"
    const failing: Ask = () => Promise.resolve({ ok: false, text })
    const { gpus, warnings } = await findGpus(failing)
    assert.deepEqual(gpus, [])
    assert.match(warnings[0], /names no GPU: NVIDIA-SMI has failed .* Make sure$/)
    const odd = await findGpus(smi('No devices were found\n'))
    assert.deepEqual(odd.gpus, [])
    assert.match(odd.warnings[0], /not understood: No devices were found/)
  })

  it('sees no more than the host lets the process see', async () => {
    const ids = async (visible: string[]) =>
      (await findGpus(smi(TWO), visible)).gpus.map(({ id }) => id)
    assert.deepEqual(await ids(['1']), ['1'])
    assert.deepEqual(await ids(['GPU-1f3d2c4b']), ['0'])
    assert.deepEqual(await ids([]), [])
  })
})

describe('findHardware', () => {
  it('offers what the process may use, unless told otherwise', async () => {
    const { capacity, warnings } = await findHardware({}, absent)
    assert.equal(capacity.cores, availableParallelism())
    assert.ok((capacity.memoryMb ?? 0) > 0)
    assert.deepEqual([capacity.gpus, capacity.labels, warnings], [[], {}, []])
    const told = await findHardware(
      { cores: 2.5, memoryMb: 100, labels: { zone: 'eu' }, ports: [100, 200] },
      absent,
    )
    assert.deepEqual(told.capacity, {
      cores: 2.5,
      memoryMb: 100,
      gpus: [],
      labels: { zone: 'eu' },
      engines: [],
      ports: [100, 200],
    })
  })

  it('offers the devices that are named, and says which of them are not to be found', async () => {
    const { capacity, warnings } = await findHardware({ gpus: ['1', '7', '1'] }, smi(TWO))
    assert.deepEqual(
      capacity.gpus?.map(({ id, name }) => [id, name]),
      [
        ['1', 'NVIDIA A100-SXM4-80GB'],
        ['7', 'GPU 7'],
      ],
    )
    assert.deepEqual(warnings, ['GPU 7 is named in WEFT_GPUS, but nvidia-smi does not show it'])
    const none = await findHardware({ gpus: [] }, smi(TWO))
    assert.deepEqual(none.capacity.gpus, [])
  })

  it('looks for WebGPU without falling over it where there is none', async () => {
    const { capacity } = await findHardware({ webgpu: true }, smi(TWO))
    assert.ok((capacity.gpus?.length ?? 0) >= 2)
    for (const gpu of capacity.gpus?.slice(2) ?? []) assert.equal(gpu.kind, 'webgpu')
  })

  it('names the adapter of a runtime that has WebGPU, and a sentence for one that fails', async () => {
    const adapter = { info: { vendor: 'nvidia', device: '', description: 'NVIDIA H100' } }
    const gpu = { requestAdapter: (): Promise<unknown> => Promise.resolve(adapter) }
    const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator')
    Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true })
    try {
      const found = await findHardware({ webgpu: true }, absent)
      assert.deepEqual(found.capacity.gpus, [
        { id: 'webgpu:0', name: 'NVIDIA H100', memoryMb: null, driver: null, kind: 'webgpu' },
      ])
      assert.deepEqual((await findHardware({}, absent)).capacity.gpus, [])
      gpu.requestAdapter = () => Promise.reject(new Error('no Vulkan here'))
      const failed = await findHardware({ webgpu: true }, absent)
      assert.deepEqual(failed.warnings, ['WebGPU is there but does not work: no Vulkan here'])
    } finally {
      if (before) Object.defineProperty(globalThis, 'navigator', before)
      else Reflect.deleteProperty(globalThis, 'navigator')
    }
  })
})

describe('hostAddress', () => {
  it('is the first that others can reach, and null where there is none', () => {
    const of = (address: string, internal: boolean) => ({
      address,
      internal,
      family: 'IPv4' as const,
      netmask: '255.255.255.0',
      mac: '00:00:00:00:00:00',
      cidr: null,
    })
    assert.equal(
      hostAddress({ lo: [of('127.0.0.1', true)], e: [of('192.0.2.7', false)] }),
      '192.0.2.7',
    )
    assert.equal(hostAddress({ lo: [of('127.0.0.1', true)] }), null)
  })
})
