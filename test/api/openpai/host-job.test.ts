/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { emptyRoom, mayGo } from '../../../src/domain/fit.ts'
import { whyNot } from '../../../src/domain/shortage.ts'
import type { Capacity, Gpu } from '../../../src/domain/work.ts'
import { testApp } from '../../helpers/app.ts'
import { enterRunner } from '../../helpers/jobs.ts'

const role = (name: string, image: string) => `  ${name}:
    instances: 1
    dockerImage: ${image}
    resourcePerInstance: { cpu: 1, memoryMB: 100, gpu: 0 }
    commands: [echo]
`
const document = (more = '') => `protocolVersion: 2
name: images
type: job
prerequisites:
  - { name: one, type: dockerimage, uri: busybox }
  - { name: two, type: dockerimage, uri: alpine }
taskRoles:
${role('ps', 'two')}${role('worker', 'one')}${role('judge', 'two')}${more}`

describe('a job of images where no runner has a container engine', () => {
  it('is refused with every image and all roles that ask for it, unless it wants the host', async () => {
    const app = await testApp()
    try {
      const capacity = { cores: 8, memoryMb: 8000, gpus: [], engines: ['local'] }
      await enterRunner(app.db, 'closed', { capacity: { ...capacity, ports: [20_000, 20_999] } })
      const submit = (body: string) =>
        app.app.request('/api/v2/jobs', {
          method: 'POST',
          headers: { 'content-type': 'text/yaml' },
          body,
        })
      const refused = await submit(document())
      assert.equal(refused.status, 400)
      const { code, message } = (await refused.json()) as { code: string; message: string }
      assert.equal(code, 'InvalidProtocolError')
      assert.match(
        message,
        /^taskRoles\.ps\.dockerImage and taskRoles\.judge\.dockerImage ask for image alpine, taskRoles\.worker\.dockerImage asks for image busybox, and no live runner has a container engine: install podman or docker on a runner, set extras\.weft\.host/,
      )
      const taken = await submit(document('extras: { weft: { host: true } }\n'))
      assert.equal(taken.status, 202, await taken.text())
    } finally {
      await app.close()
    }
  })
})

describe('a job of images that wants GPUs', () => {
  const gpu = (name: string): Gpu => ({
    id: name,
    name: 'A',
    memoryMb: 1,
    driver: null,
    kind: 'cuda',
  })
  const runner = (gpus: string[], passes?: string): { capacity: Capacity } => ({
    capacity: {
      cores: 8,
      memoryMb: 8000,
      gpus: gpus.map(gpu),
      engines: ['local', 'container'],
      ...(passes === undefined ? {} : { labels: { 'container.gpus': passes } }),
      ports: [20_000, 20_999],
    },
  })
  const wants = (gpus: number) =>
    document()
      .replace(/gpu: 0/, `gpu: ${gpus}`)
      .replace('instances: 1', 'instances: 2')

  it('is refused with the reason where no runner can pass them, and counts only those that can', async () => {
    const app = await testApp()
    const submit = async (body: string) => {
      const headers = { 'content-type': 'text/yaml' }
      const answer = await app.app.request('/api/v2/jobs', { method: 'POST', headers, body })
      return { status: answer.status, message: (await answer.json()).message as string }
    }
    try {
      await enterRunner(app.db, 'plain', runner(['0', '1', '2', '3'], 'no'))
      await enterRunner(app.db, 'old', runner(['0', '1', '2', '3']))
      const refused = await submit(wants(1))
      assert.equal(refused.status, 403)
      assert.match(
        refused.message,
        /^Role "ps" asks for 1 GPUs an instance in its image, and no live runner can pass GPUs into images: install nvidia-container-toolkit .* set extras\.weft\.host to true/,
      )
      await enterRunner(app.db, 'able', runner(['0', '1'], 'yes'))
      // Four devices a runner would be enough, were they of use.
      assert.match((await submit(wants(3))).message, /no live runner has more than 2/)
      assert.match((await submit(wants(2))).message, /together ask for 4 GPUs, and .* have 2/)
      const taken = await submit(wants(1))
      assert.equal(taken.status, 202, taken.message)
      const host = wants(3).replace('type: job', 'type: job\nextras: { weft: { host: true } }')
      assert.equal((await submit(host.replace('images', 'bare'))).status, 202)
    } finally {
      await app.close()
    }
  })

  it('goes to a runner that can, and says what is missing where that one has gone', () => {
    const of = (id: string, passes: string) => {
      const { capacity } = runner(['0'], passes)
      const own = { id, name: id, site: id, parties: null, slots: 4, host: id }
      return emptyRoom({ ...own, capacity })
    }
    const [no, yes] = [of('a', 'no'), of('b', 'yes')]
    const needs = { engine: 'container', gpus: 1 }
    const task = { id: 't', party: null, site: null, needs, role: null }
    assert.deepEqual([mayGo(task, no), mayGo(task, yes)], [false, true])
    assert.ok(mayGo({ ...task, needs: { engine: 'container' } }, no))
    assert.ok(mayGo({ ...task, needs: { engine: 'local', gpus: 1 } }, no))
    const rooms = new Map([['a', no]])
    const why = whyNot(task, { group: [task], hall: { rooms, whole: rooms }, ahead: 0 })
    assert.match(why, /^No live runner can give an image GPUs: install nvidia-container-toolkit/)
  })
})
