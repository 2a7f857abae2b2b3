/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { fromJson } from '../../../src/db/json.ts'
import type { ProcessTaskSpec } from '../../../src/domain/work.ts'
import { testApp } from '../../helpers/app.ts'
import { enterRunner } from '../../helpers/jobs.ts'

const document = (name: string, uri: string, command = 'work') => `protocolVersion: 2
name: ${name}
type: job
prerequisites:
  - { name: img, type: dockerimage, uri: busybox }
  - { name: rows, type: data, uri: ${uri} }
  - { name: code, type: script, uri: github.com/a/b, version: ${'ab'.repeat(20)} }
taskRoles:
  w:
    dockerImage: img
    data: rows
    script: code
    resourcePerInstance: { cpu: 1, memoryMB: 100, gpu: 0 }
    commands: ['${command}']
extras: { weft: { host: true } }
`

describe('data and scripts of a job', () => {
  it('go to the runner, which has to have their storage; what nobody can fetch is refused', async () => {
    const app = await testApp()
    const capacity = {
      cores: 8,
      memoryMb: 8000,
      gpus: [],
      engines: ['local'],
      ports: [20_000, 20_999] as const,
      labels: { 'storage.lake': 'ro', processes: 'host' },
    }
    const submit = async (text: string) => {
      const headers = { 'content-type': 'text/yaml' }
      const response = await app.app.request('/api/v2/jobs', {
        method: 'POST',
        headers,
        body: text,
      })
      return { status: response.status, body: (await response.json()) as Record<string, string> }
    }
    try {
      await enterRunner(app.db, 'runner', { capacity })
      const uris = "['https://a.example/x?k=1', 'storage://lake/x', /srv/y]"
      const taken = await submit(document('good', uris))
      assert.equal(taken.status, 202, JSON.stringify(taken.body))
      const row = await app.db.selectFrom('task').select('spec').executeTakeFirstOrThrow()
      const spec = fromJson(row.spec as never) as unknown as ProcessTaskSpec
      assert.deepEqual(spec.needs.labels, { 'storage.lake': 'ro' })
      assert.deepEqual(spec.prerequisites, [
        {
          type: 'data',
          name: 'rows',
          entries: [
            { name: 'x', from: { kind: 'http', url: 'https://a.example/x?k=1' } },
            { name: '1_x', from: { kind: 'storage', storage: 'lake', path: 'x' } },
            { name: 'y', from: { kind: 'path', path: '/srv/y' } },
          ],
        },
        {
          type: 'script',
          name: 'code',
          entries: [
            {
              name: 'b',
              from: { kind: 'git', url: 'https://github.com/a/b', ref: 'ab'.repeat(20) },
            },
          ],
        },
      ])
      const unknown = await submit(document('bad', "['hdfs://h:9000/x']"))
      assert.deepEqual([unknown.status, unknown.body.code], [400, 'InvalidProtocolError'])
      assert.match(
        unknown.body.message,
        /^prerequisites: data "rows" has the uri "hdfs:\/\/h:9000\/x", which cannot be fetched or mounted: use http.*storage:\/\/NAME.*<% \$data\.uri\[0\] %>$/,
      )
      const lacking = await submit(document('none', '[storage://other/x]'))
      assert.deepEqual([lacking.status, lacking.body.code], [404, 'NoStorageError'])
    } finally {
      await app.close()
    }
  })

  it('are left to commands that name what nobody else can fetch, with a warning', async () => {
    const app = await testApp()
    try {
      await enterRunner(app.db, 'runner', {
        capacity: {
          cores: 8,
          memoryMb: 8000,
          gpus: [],
          engines: ['local'],
          ports: [20_000, 20_999],
          labels: { processes: 'host' },
        },
      })
      const headers = { 'content-type': 'text/yaml' }
      const body = document('named', "['hdfs://h/x']", 'hdfs dfs -get <% $data.uri[0] %>')
      const response = await app.app.request('/api/v2/jobs', { method: 'POST', headers, body })
      assert.equal(response.status, 202, await response.text())
      const events = await app.db
        .selectFrom('event')
        .select(['type', 'message'])
        .where('level', '=', 'warning')
        .execute()
      assert.deepEqual(events, [
        {
          type: 'job.warning',
          message:
            'prerequisites: data "rows" has the uri "hdfs://h/x", which is left to the commands that name it: nothing is fetched for it',
        },
      ])
      const row = await app.db.selectFrom('task').select('spec').executeTakeFirstOrThrow()
      const spec = fromJson(row.spec as never) as unknown as ProcessTaskSpec
      assert.deepEqual(
        spec.prerequisites?.map(({ name }) => name),
        ['code'],
      )
    } finally {
      await app.close()
    }
  })

  it('are places for output as well, of which a warning says where no command writes there', async () => {
    const app = await testApp()
    try {
      const labels = { processes: 'host' }
      const capacity = { cores: 8, memoryMb: 8000, gpus: [], engines: ['local'], labels }
      await enterRunner(app.db, 'runner', { capacity: { ...capacity, ports: [20_000, 20_999] } })
      const submit = async (name: string, command: string) => {
        const body = document(name, "['https://a.example/x']", command)
          .replace('taskRoles:', `  - { name: out, type: output, uri: 'hdfs://h/out' }\ntaskRoles:`)
          .replace('    script: code\n', '    output: out\n')
        const headers = { 'content-type': 'text/yaml' }
        const response = await app.app.request('/api/v2/jobs', { method: 'POST', headers, body })
        assert.equal(response.status, 202, await response.text())
        const events = app.db.selectFrom('event').select('message').where('level', '=', 'warning')
        return (await events.orderBy('id', 'desc').execute()).map(({ message }) => message)
      }
      assert.deepEqual(await submit('template', 'cp model <% $output.uri %>'), [])
      assert.deepEqual(await submit('name', 'mkdir out_<% $output.name %>'), [])
      assert.deepEqual(await submit('literal', 'hdfs dfs -put model hdfs://h/out'), [])
      assert.deepEqual(await submit('silent', 'cp model out'), [
        'prerequisites: output "out" has the uri "hdfs://h/out", which no command of role "w" names: nothing is written there by itself, so write there in the commands as <% $output.uri %>',
      ])
    } finally {
      await app.close()
    }
  })
})
