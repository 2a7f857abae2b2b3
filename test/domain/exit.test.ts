/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { exitOf, retryVerdict } from '../../src/domain/exit.ts'

const failed = (reason: string, exitCode: number | null = null) => ({
  state: 'failed',
  reason,
  ending: {
    type: exitCode === null ? 'failed-to-start' : 'exited',
    exitCode,
    signal: null,
    peakMemoryMb: null,
  },
})
const at = 'Image hub.example/a/b:1 could not be fetched: '

describe('the exit of data that cannot be had', () => {
  const without = (reason: string) => exitOf({ state: 'failed', reason, ending: null })?.code
  const so = { fancy: true, max: 3, accountable: 0, free: 0, random: 0 }

  it('is the job’s own fault, or passes and is tried again at no cost, as its runner says', () => {
    const refused = without('Prerequisite data rows cannot be had: https://a/b answered 404')
    assert.deepEqual([refused, retryVerdict({ code: -200 }, so)], [-200, undefined])
    const away = without('Prerequisite script code could not be fetched: https://a/b answered 503')
    assert.deepEqual([away, retryVerdict({ code: -120 }, so)?.counted], [-120, 'platform'])
  })

  it('is not that of a program that prints the words', () => {
    const said = 'Prerequisite data rows cannot be had: x'
    assert.equal(exitOf(failed(said, 1))?.code, 255)
    assert.equal(exitOf(failed(said))?.code, -300)
  })
})

describe('the exit of an image that cannot be had', () => {
  it('is the job’s own fault where the registry does not give it, and is not tried again', () => {
    for (const said of [
      'Error: initializing source docker://hub.example/a/b:1: reading manifest 1: unauthorized: authentication required',
      'Error response from daemon: pull access denied for a/b, repository does not exist or may require login',
      'Error response from daemon: Head "https://hub.example/v2/a/b/manifests/1": no basic auth credentials',
      'Error response from daemon: manifest for hub.example/a/b:1 not found: manifest unknown',
      'reading manifest 1 in hub.example/a/b: name unknown: repository name not known to registry',
      'requested access to the resource is denied',
    ]) {
      const exit = exitOf(failed(at + said))
      assert.equal(exit?.code, 254, said)
      const so = { fancy: true, max: 3, accountable: 0, free: 0, random: 0 }
      assert.equal(retryVerdict({ code: 254 }, so), undefined)
    }
  })

  it('is unknown where the registry cannot be reached, and in programs that only print the words', () => {
    for (const said of ['dial tcp 127.0.0.1:9: connect: connection refused', 'i/o timeout'])
      assert.equal(exitOf(failed(at + said))?.code, -300)
    assert.equal(exitOf(failed(`${at}access is denied`, 1))?.code, 255)
  })
})
