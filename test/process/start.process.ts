/**
 * `npm start` as an operator meets it: ready line, health, clean end.
 * @module
 */
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'

import { freshFolder, removeFolders, start } from './cluster.ts'

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
})
