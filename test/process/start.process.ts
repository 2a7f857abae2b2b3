/**
 * `npm start` as an operator meets it: ready line, health, clean end.
 * @module
 */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, describe, it } from 'node:test'

import { freePort, freshFolder, removeFolders, start } from './cluster.ts'

describe('npm start', () => {
  const folders: string[] = []
  after(() => removeFolders(folders))

  it('says where it listens when app and runner are ready, and ends cleanly on SIGTERM', async () => {
    const folder = await freshFolder('start')
    folders.push(folder)
    const server = await start({
      entry: 'start.ts',
      env: { WEFT_DATA_DIR: folder, WEFT_PORT: '0' },
      ready: /^weft listening on (http:\/\/127\.0\.0\.1:\d+)$/,
    })
    const url = server.match[1]
    assert.equal((await fetch(`${url}/healthz`)).status, 200)
    const ready = await fetch(`${url}/readyz`)
    assert.equal(ready.status, 200, await ready.text())
    assert.equal(await server.stop(), 0)
    assert.doesNotMatch(server.output(), /could not stop|unhandled|error/i)
  })

  it('a wrong variable ends the start with a sentence that names it', async () => {
    await assert.rejects(
      start({ entry: 'serve.ts', env: { WEFT_PORT: 'eleven' }, ready: /listening/ }),
      /WEFT_PORT/,
    )
    await assert.rejects(
      start({ entry: 'serve.ts', env: { WEFT_PROT: '1' }, ready: /listening/ }),
      /Unknown variable WEFT_PROT/,
    )
  })

  it('answers on the ports of the originals too, and says which one is taken', async (test) => {
    const original = [1104, 8092]
    const free = !(await Promise.all(original.map(isTaken))).includes(true)
    if (!free)
      test.diagnostic('1104 or 8092 is taken on this host: others are tried in their place')
    const ports = free ? original : [await freePort(), await freePort()]
    const folder = await freshFolder('compat')
    folders.push(folder)
    const env = {
      WEFT_DATA_DIR: folder,
      WEFT_PORT: '0',
      WEFT_COMPAT_PORTS: free ? '1' : ports.join(),
    }
    const ready = /^weft listening on (http:\S+)$/
    const server = await start({ entry: 'serve.ts', env, ready })
    for (const port of ports) {
      const response = await fetch(`http://127.0.0.1:${port}/api/prepare/parameter/common`, {
        method: 'POST',
      })
      const { code } = (await response.json()) as { code: number }
      assert.equal(code, 0)
    }
    await assert.rejects(
      start({ entry: 'serve.ts', env: { ...env, WEFT_COMPAT_PORTS: ports.join() }, ready }),
      new RegExp(`Port ${ports[0]} on 127.0.0.1 is taken.*WEFT_COMPAT_PORTS`),
    )
    assert.equal(await server.stop(), 0)
    assert.deepEqual(await Promise.all(ports.map(isTaken)), [false, false])
  })
})

function isTaken(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(port, '127.0.0.1')
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  return promise.finally(() => socket.destroy())
}
