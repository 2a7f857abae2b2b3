/**
 * @module
 */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { openSite } from '../../../src/runner/data/site.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

describe('openSite', () => {
  it('gives a directory one identity, however many open it at once', async () => {
    const folder = join(await temporaryFolder(), 'new')
    const sites = await Promise.all(Array.from({ length: 8 }, () => openSite(folder)))
    assert.equal(new Set(sites.map((site) => site.id)).size, 1)
    assert.match(sites[0].id, /^[0-9a-f]{32}$/)
    assert.equal((await openSite(folder)).id, sites[0].id)
    assert.notEqual((await openSite(await temporaryFolder())).id, sites[0].id)
  })

  it('warns of another live process, and not of a dead one or after a release', async () => {
    const folder = await temporaryFolder()
    const lock = join(folder, 'runner.lock')
    const claim = (pid: number) => writeFile(lock, JSON.stringify({ host: hostname(), pid }))
    await claim(process.ppid)
    const site = await openSite(folder)
    assert.match(site.warning ?? '', new RegExp(`in use by process ${process.ppid} `))
    await site.release()
    assert.equal((await openSite(folder)).warning, undefined)
    await claim(2 ** 22 + 1)
    assert.equal((await openSite(folder)).warning, undefined)
  })

  it('says which file is broken', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'site.json'), 'oops')
    await assert.rejects(openSite(folder), /site\.json cannot be read/)
  })
})
