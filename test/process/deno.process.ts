/**
 * The app on Deno, with a runner on Node beside it: the same database, the same job.
 * @module
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'

import { EXAMPLE_TABLES } from '../../src/console/example.ts'
import { ROOT } from '../helpers/place.ts'
import { freshFolder, removeFolders, start, type Started, uploadExample } from './cluster.ts'

const DENO = join(ROOT, 'node_modules/.bin/deno')

describe(
  'the app on Deno',
  { skip: !existsSync(DENO) && 'the package "deno" is not installed' },
  () => {
    const folders: string[] = []
    const processes: Started[] = []
    after(async () => {
      for (const one of processes.toReversed()) await one.stop()
      await removeFolders(folders)
    })

    it('serves pages, files and the API, and a runner on Node works for it', async () => {
      const folder = await freshFolder('deno')
      folders.push(folder)
      const env = { WEFT_DATA_DIR: folder, WEFT_PORT: '0' }
      const app = await start({
        entry: 'serve.deno.ts',
        env,
        ready: /^weft listening on (http:\/\/\S+)$/,
        command: [DENO, 'run', '--no-check', '-A'],
      })
      processes.push(app)
      const url = app.match[1]
      assert.equal((await fetch(`${url}/healthz`)).status, 200)
      assert.equal((await fetch(`${url}/readyz`)).status, 503)
      processes.push(await start({ entry: 'runner.ts', env, ready: /weft runner ready/ }))
      assert.equal((await fetch(`${url}/readyz`)).status, 200)
      assert.match(await (await fetch(`${url}/jobs`)).text(), /<html/)
      const style = await fetch(`${url}/static/app.css`)
      assert.match(style.headers.get('content-type') ?? '', /^text\/css/)
      await uploadExample(url, EXAMPLE_TABLES[0])
    })
  },
)
