/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { flinkScripts } from '../../src/bin/flink-scripts.ts'
import { readConfig } from '../../src/config.ts'

const GATEWAY = { WEFT_FLINK_GATEWAY_URL: 'http://127.0.0.1:8083' }
const MANAGER = { WEFT_FLINK_URL: 'http://127.0.0.1:8081' }

describe('whether the app asks Flink about scripts', () => {
  for (const [what, env, asks] of [
    ['does where a gateway is named', GATEWAY, true],
    ['does where the cluster is named as well', { ...MANAGER, ...GATEWAY }, true],
    ['does not where only the cluster is named', MANAGER, false],
    ['does not where nothing is named', {}, false],
  ] as const) {
    it(what, () => {
      assert.equal(flinkScripts(readConfig(env)).flinkScripts !== undefined, asks)
    })
  }
})
