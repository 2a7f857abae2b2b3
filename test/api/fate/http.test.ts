import assert from 'node:assert/strict'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'

import { serve } from '@hono/node-server'

import { startRunner, testApp, uploadTable } from '../../helpers/app.ts'
import { trainConf, trainDsl } from '../../helpers/fate-jobs.ts'
import { untarGzip } from '../../helpers/untar.ts'

/** What the original's clients do and `fetch` cannot: a GET with a body. */
function getWithBody(port: number, call: { path: string; body: string }): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = []
    const sent = request(
      {
        port,
        host: '127.0.0.1',
        method: 'GET',
        path: call.path,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(call.body),
        },
      },
      (response) => {
        response.on('data', (chunk: Uint8Array) => chunks.push(chunk))
        response.on('end', () => resolve(new Uint8Array(Buffer.concat(chunks))))
        response.on('error', reject)
      },
    )
    sent.on('error', reject)
    sent.end(call.body)
  })
}

describe('FATE-Flow over a socket', () => {
  it('serves the log archive to a GET with a JSON body', async () => {
    const test = await testApp()
    const runner = await startRunner(test.db)
    await uploadTable(test, runner, { namespace: 'bank', name: 'guest' })
    await uploadTable(test, runner, { namespace: 'shop', name: 'host' })
    const { jobId } = await test.post('/v1/job/submit', {
      job_dsl: trainDsl(),
      job_runtime_conf: trainConf(),
    })
    const [task] = await runner.claim()
    await runner.report(task, { type: 'log', level: 'info', text: 'hello' })
    const server = serve({ fetch: test.app.fetch, port: 0, hostname: '127.0.0.1' })
    try {
      await new Promise((resolve) => server.once('listening', resolve))
      const { port } = server.address() as AddressInfo
      const archive = await getWithBody(port, {
        path: '/v1/job/log',
        body: JSON.stringify({ job_id: jobId }),
      })
      const files = await untarGzip(new Blob([archive.slice()]).stream())
      assert.match(
        files.get(`${task.role}/${task.party}/dataio_0/INFO.log`) ?? '',
        /\[INFO\] hello/,
      )
      const refused = await getWithBody(port, { path: '/v1/job/log', body: '{"job":1}' })
      const answer = JSON.parse(new TextDecoder().decode(refused)) as { retmsg: string }
      assert.equal(answer.retmsg, 'the following arguments are required: job_id ')
    } finally {
      server.close()
      await test.close()
    }
  })
})
