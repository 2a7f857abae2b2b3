/**
 * What is understood of the nodes of a partition.
 * @module
 */
import assert from 'node:assert/strict'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { createSlurmCli } from '../../src/engine/slurm-cli.ts'
import { gpusIn, placesOf } from '../../src/engine/slurm-port.ts'
import { createSlurmRest } from '../../src/engine/slurm-rest.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { listen } from '../helpers/listen.ts'

describe('the nodes of a partition', () => {
  it('have the devices that their generic resources name', () => {
    const told: [string, number][] = [
      ['', 0],
      ['(null)', 0],
      ['gpu', 1],
      ['gpu:2', 2],
      ['gpu:a100:4', 4],
      ['gpu:a100', 1],
      ['gpu:a100:4(S:0-1)', 4],
      ['gpu:a100:4(S:0,1),gpu:v100:2(S:1),shard:16', 6],
      ['shard:16,license:3', 0],
      ['nogpu:3', 0],
    ]
    for (const [gres, count] of told) assert.equal(gpusIn(gres), count, gres)
  })

  it('are told together where they are alike, and not at all where jobs share cores', () => {
    const node = (name: string, cores: number) => ({ name, cores, memoryMb: 1000, gpus: 0 })
    const nodes = [node('b', 4), node('a', 4), node('c', 8)]
    assert.deepEqual(placesOf({ name: 'debug', nodes }), {
      name: 'debug of a',
      nodes: [
        { count: 2, cores: 4, memoryMb: 1000, gpus: 0 },
        { count: 1, cores: 8, memoryMb: 1000, gpus: 0 },
      ],
    })
    assert.equal(placesOf({ name: 'debug', nodes, shared: true }), undefined)
    assert.equal(placesOf({ name: 'debug', nodes: [] }), undefined)
  })

  it('are those of the partition that is named, else of the default one, by the commands', async () => {
    const folder = await temporaryFolder()
    const sinfo = join(folder, 'sinfo')
    const lines = [
      'debug*|NO|n1|4|1000|gpu:a100:2(S:0)',
      'debug*|NO|n2|4|1000|(null)',
      'shared|FORCE:4|n3|8|2000|(null)',
    ]
    await writeFile(sinfo, `#!/bin/sh\ncat <<'END'\n${lines.join('\n')}\nEND\n`)
    await chmod(sinfo, 0o755)
    const env = { PATH: `${folder}:/usr/bin:/bin` }
    assert.deepEqual(await createSlurmCli({ env }).partition(), {
      name: 'debug',
      shared: false,
      nodes: [
        { name: 'n1', cores: 4, memoryMb: 1000, gpus: 2 },
        { name: 'n2', cores: 4, memoryMb: 1000, gpus: 0 },
      ],
    })
    const shared = await createSlurmCli({ env, partition: 'shared' }).partition()
    assert.equal(shared?.shared, true)
    assert.equal(await createSlurmCli({ env, partition: 'none' }).partition(), undefined)
  })

  it('are those of the partition that is named, else of the default one, by slurmrestd', async () => {
    const node = (name: string, partitions: string[], gres: string) => ({
      name,
      cpus: 4,
      real_memory: 1000,
      gres,
      partitions,
    })
    const answers: Record<string, object> = {
      '/openapi/v3': { paths: { '/slurm/v0.0.38/job/submit': {} } },
      '/slurm/v0.0.38/partitions': {
        partitions: [
          { name: 'other', flags: [] },
          { name: 'debug', flags: ['default'] },
        ],
      },
      '/slurm/v0.0.38/nodes': {
        nodes: [
          node('n1', ['debug', 'other'], 'gpu:2'),
          node('n2', ['debug'], ''),
          node('n3', ['far'], ''),
        ],
      },
    }
    const server = await listen((request) =>
      Response.json(answers[new URL(request.url).pathname] ?? {}),
    )
    try {
      const rest = (partition?: string) =>
        createSlurmRest({ url: server.url, user: 'root', token: () => 'secret', partition })
      const first = { name: 'n1', cores: 4, memoryMb: 1000, gpus: 2 }
      const second = { name: 'n2', cores: 4, memoryMb: 1000, gpus: 0 }
      assert.deepEqual(await rest().partition(), { name: 'debug', nodes: [first, second] })
      assert.deepEqual(await rest('other').partition(), { name: 'other', nodes: [first] })
      assert.equal(await rest('none').partition(), undefined)
    } finally {
      await server.close()
    }
  })
})
