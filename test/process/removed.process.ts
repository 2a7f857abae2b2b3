/**
 * An operator's control over a runner process: samples come in by themselves, draining holds, removing ends it.
 * @module
 */
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'

import { freshFolder, removeFolders, start, until } from './cluster.ts'

interface RunnerAnswer {
  readonly id: string
  readonly state: string
  readonly samples: readonly { readonly cpu: number; readonly memoryMb: number }[]
}

describe('a runner under the operator’s control', () => {
  const folders: string[] = []
  after(() => removeFolders(folders))

  it('tells how busy it is, stays drained while it beats, and ends when it is removed', async () => {
    const folder = await freshFolder('removed')
    folders.push(folder)
    const env = { WEFT_DATA_DIR: folder, WEFT_PORT: '0', WEFT_LEASE_SECONDS: '2' }
    const app = await start({
      entry: 'serve.ts',
      env,
      ready: /^weft listening on (http:\/\/127\.0\.0\.1:\d+)$/,
    })
    const runner = await start({ entry: 'runner.ts', env, ready: /^weft runner ready/ })
    const base = `${app.match[1]}/api/weft/runners`
    const { runners } = (await (await fetch(base)).json()) as { runners: RunnerAnswer[] }
    const path = `${base}/${runners[0].id}`
    const look = async () => (await (await fetch(path)).json()) as RunnerAnswer
    const [sample] = await until('a sample', async () => {
      const { samples } = await look()
      return samples.length > 0 ? samples : undefined
    })
    assert.ok(sample.memoryMb > 0 && sample.cpu >= 0 && sample.cpu <= 1)
    assert.equal((await fetch(path, { method: 'DELETE' })).status, 409)
    await fetch(`${path}/drain`, { method: 'POST' })
    await until('word of the drain', () =>
      Promise.resolve(runner.output().includes('The operator drains the runner')),
    )
    assert.equal((await look()).state, 'draining')
    assert.equal((await fetch(path, { method: 'DELETE' })).status, 200)
    const ended = () => Promise.resolve(runner.child.exitCode !== null)
    await until('the end of the process', ended)
    assert.equal(runner.child.exitCode, 0)
    assert.equal((await look()).state, 'removed')
    assert.equal(await app.stop(), 0)
  })
})
