/**
 * The lock file holds what every platform needs, whatever the registry it was made with.
 * @module
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { missingEntries } from '../../src/cli/lock.ts'
import { ROOT } from '../helpers/place.ts'

describe('package-lock.json', () => {
  it('has the optional packages of every platform, so that npm ci takes it', () => {
    const text = readFileSync(join(ROOT, 'package-lock.json'), 'utf8')
    assert.deepEqual(missingEntries(JSON.parse(text)), {})
  })

  it('names no registry', () => {
    assert.doesNotMatch(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'), /"resolved": "http/)
  })
})

describe('missingEntries', () => {
  it('fills in a platform package with its platform, and leaves others to npm', () => {
    const optionalDependencies = {
      '@tool/linux-x64-musl': '1.2.3',
      '@tool/win32-arm64': '1.2.3',
      '@tool/linux-arm64-gnu': '1.2.3',
      fsevents: '2.3.3',
      '@tool/darwin-x64': '^1.0.0',
    }
    const packages = {
      'node_modules/tool': { version: '1.2.3', dev: true, optionalDependencies },
      'node_modules/@tool/linux-arm64-gnu': { version: '1.2.3' },
    }
    assert.deepEqual(missingEntries({ packages }), {
      'node_modules/@tool/linux-x64-musl': {
        version: '1.2.3',
        os: ['linux'],
        cpu: ['x64'],
        libc: ['musl'],
        dev: true,
        optional: true,
      },
      'node_modules/@tool/win32-arm64': {
        version: '1.2.3',
        os: ['win32'],
        cpu: ['arm64'],
        dev: true,
        optional: true,
      },
    })
  })
})
