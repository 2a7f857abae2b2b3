import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'

import { duckDbWords, flinkWords } from '../../src/bin/doctor-works.ts'
import { openWorkEngines } from '../../src/bin/work-engines.ts'
import { readConfig } from '../../src/config.ts'

describe('the doctor, of Flink', () => {
  const server = createServer((request, response) => {
    const known: Record<string, object> = {
      '/config': { 'flink-version': '2.2.0' },
      '/info': { productName: 'Apache Flink', version: '2.2.1' },
    }
    response.end(JSON.stringify(known[request.url ?? ''] ?? {}))
  })
  let url = ''
  before(async () => {
    server.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  after(() => void server.close())

  const words = (env: Record<string, string>) => flinkWords(readConfig(env))

  it('says that there is none, or only half of one', async () => {
    assert.match((await words({})).join(' '), /^note none configured \(WEFT_FLINK_URL\)/)
    const half = await words({ WEFT_FLINK_URL: url })
    assert.match(half.join(' '), /^note JobManager 2\.2\.0 at http.*; no SQL gateway/)
  })

  it('tells the versions of both', async () => {
    const found = await words({ WEFT_FLINK_URL: url, WEFT_FLINK_GATEWAY_URL: url })
    assert.deepEqual(found, ['ok', `JobManager 2.2.0 at ${url}; SQL gateway 2.2.1 at ${url}`])
  })

  it('tells which of them is not there, or is something else', async () => {
    const gone = await words({ WEFT_FLINK_URL: 'http://127.0.0.1:1', WEFT_FLINK_GATEWAY_URL: url })
    assert.match(gone.join(' '), /^wrong JobManager at http:\/\/127\.0\.0\.1:1 cannot be reached/)
    const odd = await words({ WEFT_FLINK_URL: url, WEFT_FLINK_GATEWAY_URL: `${url}/other` })
    assert.match(odd.join(' '), /^wrong .*SQL gateway at http.* answers, but is none/)
  })
})

describe('the doctor, of DuckDB', () => {
  const skip = 'Deno' in globalThis && 'needs Node: its addon'

  it('tells its version where it loads', { skip }, async () => {
    const [state, text] = await duckDbWords(readConfig({}))
    assert.match(`${state} ${text}`, /^ok DuckDB v\d+\.\d+\.\d+ loads/)
  })
})

describe('the engines of works', () => {
  it('are those of a runner that serves everybody', { skip: 'Deno' in globalThis }, async () => {
    const names = async (env: Record<string, string>) => [
      ...(await openWorkEngines(readConfig(env))).engines.keys(),
    ]
    assert.deepEqual(await names({}), ['duckdb'])
    assert.deepEqual(await names({ WEFT_FLINK_URL: 'http://127.0.0.1:1' }), ['flink', 'duckdb'])
    assert.deepEqual(await names({ WEFT_PARTIES: '10000' }), [])
  })
})
