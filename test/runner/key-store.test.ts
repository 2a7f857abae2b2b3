import assert from 'node:assert/strict'
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, it } from 'node:test'

import { generateIdentity, openIdentity, verify } from '../../src/federation/identity.ts'
import { checkPin, UntrustedIdentity } from '../../src/federation/pin.ts'
import { diskKeys, diskPins } from '../../src/runner/key-store.ts'
import { temporaryFolder } from '../helpers/folder.ts'

let dir: string

beforeEach(async () => {
  dir = await temporaryFolder()
})

describe('diskKeys', () => {
  it('keeps a key pair that signs the same after a restart, for its owner alone', async () => {
    const first = await openIdentity(diskKeys(join(dir, 'identity')), '9999')
    const again = await openIdentity(diskKeys(join(dir, 'identity')), '9999')
    const message = Uint8Array.of(1, 2, 3)
    const signature = await again.sign(message)
    assert.equal(await verify(first.publicKey, { message, signature }), true)
    assert.equal((await stat(join(dir, 'identity', '9999.json'))).mode & 0o777, 0o600)
    assert.equal((await stat(join(dir, 'identity'))).mode & 0o777, 0o700)
  })

  it('gives one identity to all who ask for it at once', async () => {
    const all = await Promise.all(
      Array.from({ length: 8 }, () => openIdentity(diskKeys(join(dir, 'identity')), '9999')),
    )
    assert.equal(new Set(all.map(({ publicKey }) => publicKey)).size, 1)
    assert.deepEqual(await readdir(join(dir, 'identity')), ['9999.json'])
  })

  it('stays in its directory whatever a party is called', async () => {
    for (const party of ['*', '..', '../../etc', 'a/b', '.']) {
      await openIdentity(diskKeys(join(dir, 'identity')), party)
    }
    assert.deepEqual((await readdir(join(dir, 'identity'))).length, 5)
    assert.deepEqual(await readdir(dir), ['identity'])
  })

  it('refuses a damaged file rather than make another key', async () => {
    await openIdentity(diskKeys(join(dir, 'identity')), '9999')
    const file = join(dir, 'identity', '9999.json')
    const text = await readFile(file, 'utf8')
    for (const damaged of ['', '{}', text.slice(0, 40), text.replace('9999', '1')]) {
      await writeFile(file, damaged)
      await assert.rejects(
        openIdentity(diskKeys(join(dir, 'identity')), '9999'),
        /restore it from a backup/,
      )
    }
  })
})

describe('diskPins', () => {
  it('remembers the first key of a party and says which file to remove', async () => {
    const [first, second] = [await generateIdentity('1'), await generateIdentity('1')]
    await checkPin(diskPins(join(dir, 'pins')), { party: '1', identity: first.publicKey })
    await checkPin(diskPins(join(dir, 'pins')), { party: '1', identity: first.publicKey })
    const other = { party: '1', identity: second.publicKey }
    await assert.rejects(checkPin(diskPins(join(dir, 'pins')), other), (error) => {
      assert.ok(error instanceof UntrustedIdentity)
      assert.match(error.message, /remove pins.1\.json in this runner's data directory/)
      assert.ok(!error.message.includes(dir))
      return true
    })
    await rm(join(dir, 'pins', '1.json'))
    await checkPin(diskPins(join(dir, 'pins')), other)
  })
})
