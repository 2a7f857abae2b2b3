import assert from 'node:assert/strict'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

import { copyVendored, staleVendored, vendor, VENDORED } from '../../src/cli/vendor.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

describe('vendored scripts', () => {
  it('every copy is what its package holds and what was recorded', async () => {
    assert.deepEqual(await staleVendored(ROOT), [])
  })

  it('a changed copy is found, and copying mends it', async () => {
    const root = await mkdtemp(join(tmpdir(), 'weft-vendor-'))
    try {
      for (const source of Object.values(VENDORED)) {
        await mkdir(dirname(join(root, source)), { recursive: true })
        await copyFile(join(ROOT, source), join(root, source))
      }
      await copyVendored(root)
      const copy = join(root, 'public/vendor/htmx.min.js')
      await writeFile(copy, `${await readFile(copy, 'utf8')}\n// changed`)
      assert.deepEqual(await staleVendored(root), ['htmx.min.js'])
      await assert.rejects(vendor(['--check'], root), /htmx\.min\.js differ from their packages/)
      await copyVendored(root)
      assert.deepEqual(await staleVendored(root), [])
    } finally {
      await rm(root, { recursive: true })
    }
  })
})
