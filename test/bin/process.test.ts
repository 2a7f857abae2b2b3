/**
 * What entries say of the runtime that they are started on.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import manifest from '../../package.json' with { type: 'json' }
import { checkVersion, isAnother, listenFault } from '../../src/bin/process.ts'

describe('checkVersion', () => {
  it('names a Node that is too old, and the remedy', () => {
    assert.throws(() => checkVersion('20.20.2'), {
      message:
        'This is Node 20.20.2, and Weft needs 22 or newer: run it through npm ("npm start"), which has the right one after "npm ci"',
    })
  })

  it('takes what the package asks for', () => {
    const oldest = manifest.engines.node.replace('>=', '')
    checkVersion(`${oldest}.0.0`)
    checkVersion('26.10.0')
    assert.throws(() => checkVersion(`${Number(oldest) - 1}.99.0`))
  })
})

describe('listenFault', () => {
  it('names what is taken, forbidden or not of this machine, and the remedy', () => {
    const say = (code: string) =>
      listenFault(code, 'Port 80 on 10.9.8.7', { host: '10.9.8.7', remedy: 'set WEFT_PORT' })
    assert.equal(
      say('EADDRINUSE'),
      'Port 80 on 10.9.8.7 is taken: stop what listens there, or set WEFT_PORT',
    )
    assert.match(say('EACCES') ?? '', /is not for this user: .*, or set WEFT_PORT$/)
    for (const code of ['EADDRNOTAVAIL', 'ENOTFOUND']) {
      assert.match(
        say(code) ?? '',
        /^WEFT_HOST is "10\.9\.8\.7", which is no address of this machine: name one/,
      )
    }
    assert.equal(say('EIO'), undefined)
  })
})

describe('isAnother', () => {
  it('takes what comes from several sides at once for one signal', () => {
    assert.equal(isAnother(5000, 5000), false)
    assert.equal(isAnother(5000, 5900), false)
    assert.equal(isAnother(5000, 6000), true)
  })
})
