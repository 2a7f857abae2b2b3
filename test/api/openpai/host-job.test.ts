/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

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
