/**
 * A job of the OpenPAI protocol in its image, through a runner with a real podman or docker.
 * @module
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { freshFolder, removeFolders, start, type Started, until } from '../process/cluster.ts'
import type { Machine } from './machine.ts'
import { IMAGE, tellOfEach } from './open-machine.ts'
import { LOGIN, openRegistry } from './registry.ts'

const registry = await openRegistry()
const skip = typeof registry === 'string' && registry
after(async () => {
  if (typeof registry !== 'string') await registry.close()
})
await tellOfEach('jobs in images', tellOf)

function tellOf(program: string, machine: Machine): void {
  describe(`jobs in images of ${program}`, { timeout: 240_000 }, () => {
    const processes: Started[] = []
    let folder = ''
    let url = ''
    let web = ''
    const server = createServer((_, response) => response.end('fetched into it\n'))
    const startRunner = async (): Promise<Started> => {
      const first = 30_000 + (process.pid % 99) * 100
      const runner = await start({
        entry: 'runner.ts',
        env: {
          ...machine.env,
          WEFT_DATA_DIR: folder,
          WEFT_CONTAINERS: program,
          WEFT_LEASE_SECONDS: '2',
          WEFT_FETCH_HOSTS: '127.0.0.1',
          WEFT_STORAGES: `rows=${join(folder, 'rows')}:ro,made=${join(folder, 'made')}`,
          WEFT_TASK_PORTS: `${first}-${first + 99}`,
        },
        ready: /weft runner ready/,
      })
      processes.push(runner)
      return runner
    }
    before(async () => {
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      web = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      folder = await freshFolder('container')
      for (const name of ['rows', 'made']) await mkdir(join(folder, name))
      await writeFile(join(folder, 'rows/one'), 'a row\n')
      const app = await start({
        entry: 'serve.ts',
        env: { WEFT_DATA_DIR: folder, WEFT_PORT: '0' },
        ready: /^weft listening on (http:\/\/\S+)$/,
      })
      processes.push(app)
      url = app.match[1]
    })
    after(async () => {
      for (const one of processes.toReversed()) await one.stop('SIGTERM')
      server.close()
      await machine.close()
      await removeFolders([folder])
    })

    const get = async (path: string): Promise<ReturnType<typeof JSON.parse>> =>
      (await fetch(`${url}/api/v2${path}`)).json()
    const job = (name: string, commands: readonly string[], more = '') => `protocolVersion: 2
name: ${name}
type: job
prerequisites:
  - { name: img, type: dockerimage, uri: '${IMAGE}', auth: { username: me, password: <% $secrets.pw %> } }
  - { name: d, type: data, uri: ['storage://made', 'rows/one', '${web}/fetched'] }
secrets: { pw: never-shown }
taskRoles:
  w:
    instances: 2
    dockerImage: img
    data: d
    extraContainerOptions: { shmMB: 37 }
    resourcePerInstance: { cpu: 1, memoryMB: 128, gpu: 0, ports: { tb: 1 } }
    commands: ${JSON.stringify(commands)}
extras:
  storages: [{ name: rows, mountPath: /data/rows }, { name: made, mountPath: /mnt/made }]
${more}`
    const submit = async (text: string) => {
      const headers = { 'content-type': 'text/yaml' }
      const response = await fetch(`${url}/api/v2/jobs`, { method: 'POST', headers, body: text })
      assert.equal(response.status, 202, await response.text())
    }
    const ended = (name: string) =>
      until(`${name} is over`, async () => {
        const found = await get(`/jobs/${name}`)
        return ['SUCCEEDED', 'FAILED', 'STOPPED'].includes(found.jobStatus.state) && found
      })
    const log = async (name: string, index: number, attempt = 0, one = 0): Promise<string> => {
      const at = `/jobs/${name}/attempts/${attempt}/taskRoles/w/taskIndex/${index}/attempts/${one}`
      const response = await fetch(`${url}/api/v2${at}/logs/all`)
      return response.ok ? response.text() : ''
    }

    it(
      'fetches its image with the login of its prerequisites, and ends with 254 where that is wrong',
      { skip },
      async () => {
        assert.ok(typeof registry !== 'string')
        const runner = await startRunner()
        const image = await registry.push(machine, IMAGE, `${program}/job:1`)
        const from = (name: string, password: string) => `protocolVersion: 2
name: ${name}
type: job
prerequisites:
  - name: img
    type: dockerimage
    uri: ${image}
    auth: { username: ${LOGIN.username}, password: <% $secrets.pw %>, registryuri: 'http://${registry.at}' }
secrets: { pw: ${password} }
taskRoles:
  w:
    dockerImage: img
    resourcePerInstance: { cpu: 1, memoryMB: 128, gpu: 0 }
    commands: [cat /only-in-image]
`
        await submit(from('stranger', 'not-it-at-all'))
        const { jobStatus } = await ended('stranger')
        assert.deepEqual([jobStatus.state, jobStatus.appExitCode], ['FAILED', 254])
        assert.match(jobStatus.appExitDiagnostics, /could not be fetched/)
        await submit(from('guest', LOGIN.password))
        const guest = await ended('guest')
        assert.equal(guest.jobStatus.state, 'SUCCEEDED', JSON.stringify(guest.jobStatus))
        assert.match(await log('guest', 0), /^from the image$/m)
        const said = JSON.stringify(guest) + (await log('guest', 0)) + runner.output()
        assert.ok(!said.includes(LOGIN.password))
        const config = await fetch(`${url}/api/v2/jobs/guest/config`)
        assert.doesNotMatch(await config.text(), /never-shown/)
        machine.command('rmi', image)
        await runner.stop('SIGTERM')
      },
    )

    it('runs in its image, with storages, ports and the others around it, and is killed with its runner', async () => {
      const runner = await startRunner()
      await submit(
        job('images', [
          'cat /only-in-image /data/rows/one',
          // What touch says would come between the lines of the other stream.
          'touch /data/rows/no 2>/dev/null || echo read-only',
          'cat "$PAI_DATA_DIR/one" "$PAI_DATA_DIR/fetched"',
          'touch "$PAI_DATA_DIR/made/no" 2>/dev/null || echo only-read',
          'touch "/mnt/made/$PAI_CURRENT_TASK_ROLE_CURRENT_TASK_INDEX"',
          'df -k /dev/shm',
          'echo "port $PAI_PORT_LIST_w_0_tb at $PAI_HOST_IP_w_0 of $PORT_0"',
          'echo "<% $secrets.pw %>"',
        ]),
      )
      const { jobStatus } = await ended('images')
      assert.equal(jobStatus.state, 'SUCCEEDED', JSON.stringify(jobStatus))
      for (const index of [0, 1]) {
        const text = await log('images', index)
        // The two streams come beside each other.
        assert.match(text, /^from the image\na row$/m)
        assert.match(text, /^read-only$/m)
        assert.match(text, /^a row\nfetched into it$/m)
        assert.match(text, /^only-read$/m)
        assert.match(text, /\b37888\b/)
        assert.match(text, /^port \d+ at 127\.0\.0\.1 of \d+$/m)
        assert.match(text, /^\*{6}$/m)
      }
      assert.deepEqual((await readdir(join(folder, 'made'))).toSorted(), ['0', '1'])
      assert.equal(await readFile(join(folder, 'rows/one'), 'utf8'), 'a row\n')

      await submit(job('long', ['echo begun', 'sleep 600']))
      await until('it has begun', async () => /begun/.test(await log('long', 1)))
      const running = machine.command('ps', '--quiet').split('\n')
      assert.equal(running.length, 2)
      await runner.stop('SIGKILL')
      assert.equal(machine.command('ps', '--quiet').split('\n').length, 2, 'they outlive it')
      const next = await startRunner()
      assert.match(next.output(), /Removed what a runner that is gone had left/)
      const fresh = await until('it has begun again', async () => {
        const now = machine.command('ps', '--quiet').split('\n').filter(Boolean)
        return now.length === 2 && now
      })
      assert.deepEqual(
        fresh.filter((id) => running.includes(id)),
        [],
      )
      const stop = await fetch(`${url}/api/v2/jobs/long/executionType`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ value: 'STOP' }),
      })
      assert.ok(stop.ok, await stop.text())
      await ended('long')
      await until('nothing is left', async () => machine.command('ps', '--all', '--quiet') === '')
    })
  })
}
