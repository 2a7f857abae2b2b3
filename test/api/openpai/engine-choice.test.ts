/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { chooseEngine } from '../../../src/api/openpai/host-job.ts'
import { toFramework } from '../../../src/api/openpai/submit.ts'
import { parsePaiJob } from '../../../src/flow/parse/pai-job.ts'
import { withoutLogin } from '../../../src/flow/parse/pai-login.ts'
import { testApp } from '../../helpers/app.ts'
import { enterRunner } from '../../helpers/jobs.ts'

const document = (weft = '{}', auth = '') => `protocolVersion: 2
name: one
type: job
prerequisites:
  - { name: img, type: dockerimage, uri: 'team/net:1'${auth} }
secrets: { pw: hidden-word }
taskRoles:
  w:
    dockerImage: img
    extraContainerOptions: { shmMB: 9 }
    resourcePerInstance: { cpu: 1, memoryMB: 100, gpu: 0 }
    commands: [echo hi]
extras: { weft: ${weft} }
`

const CONTAINER = ['local', 'container']

describe('where a job of images runs', () => {
  const cases: [weft: string, engines: string[], processes: string, to: string | RegExp][] = [
    ['{}', CONTAINER, 'sandbox', 'container'],
    ['{}', CONTAINER, 'host', 'container'],
    ['{ host: true }', CONTAINER, 'host', 'local'],
    ['{ host: true }', ['local'], 'sandbox', 'local'],
    ['{ host: true }', ['slurm'], '', 'slurm'],
    ['{}', ['local'], 'host', 'local'],
    ['{}', ['local'], 'sandbox', /team\/net:1, and no live runner has a container engine: install/],
    ['{ engine: container }', ['container'], '', 'container'],
    ['{ engine: container }', ['local'], 'host', /no live runner has a container engine/],
    ['{ engine: container, host: true }', CONTAINER, 'host', /choose one/],
    ['{ engine: local }', CONTAINER, 'sandbox', /engine local runs no images/],
    ['{ engine: local }', CONTAINER, 'host', 'local'],
    ['{ engine: slurm, host: true }', [...CONTAINER, 'slurm'], 'host', 'slurm'],
  ]
  for (const [weft, engines, processes, to] of cases)
    it(`${weft} with ${engines.join()}, processes "${processes}"`, async () => {
      const app = await testApp()
      try {
        const capacity = {
          engines,
          labels: Object.fromEntries(processes === '' ? [] : [['processes', processes]]),
        }
        await enterRunner(app.db, 'r', { slots: 1, facts: {}, capacity })
        const chosen = chooseEngine(app.db, parsePaiJob(document(weft)))
        if (typeof to === 'string') assert.equal(await chosen, to)
        else await assert.rejects(chosen, to)
      } finally {
        await app.close()
      }
    })
})

describe('the image of a role', () => {
  const place = { owner: 'me', text: '', storages: new Map() }

  it('goes with its tasks where these run in images, and only there', () => {
    const of = (engine: string) =>
      toFramework(parsePaiJob(document()), { ...place, engine }).plan.roles[0].spec.container
    assert.deepEqual(of('container'), { image: 'team/net:1', shmMb: 9 })
    assert.equal(of('local'), undefined)
  })

  it('has a login that is among the secrets and in no plan, and that no template can name', () => {
    const auth = ', auth: { username: me, password: <% $secrets.pw %>, registryuri: quay.io }'
    const job = parsePaiJob(document('{}', auth))
    const { plan, secrets } = toFramework(job, { ...place, engine: 'container' })
    assert.doesNotMatch(JSON.stringify(plan), /hidden-word/)
    assert.deepEqual(withoutLogin(secrets, 'w'), {
      secrets: { pw: 'hidden-word' },
      login: { registry: 'quay.io', username: 'me', password: 'hidden-word' },
    })
    assert.equal(withoutLogin(secrets, 'other').login, undefined)
    assert.deepEqual(toFramework(job, { ...place, engine: 'local' }).secrets, { pw: 'hidden-word' })
  })
})
