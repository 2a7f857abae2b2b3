/**
 * HTTP sources against what may come from outside: encrypted connections with a key of their own, and bodies without end.
 * @module
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { request as secureRequest } from 'node:https'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'

import type { Flow } from '../../../src/runner/flow/flow.ts'
import { UNITS } from '../../../src/runner/unit/registry.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { startFlow } from '../flow/mock.ts'

async function serve(
  t: TestContext,
  attributes: string,
  scheme = 'http',
): Promise<{ port: number; flow: Flow }> {
  const logs: string[] = []
  const flow = await startFlow(
    `digraph { r [flowunit=httpserver_sync_receive, endpoint="${scheme}://127.0.0.1:0"${attributes}] s [flowunit=httpserver_sync_reply]
      r:out_request_info -> s:in_reply_info }`,
    UNITS,
    logs,
  )
  t.after(() => flow.stop('the test is over'))
  return { port: Number(/port (\d+)/.exec(logs.join())?.[1]), flow }
}

/** A key, the same behind a passphrase, and a certificate for 127.0.0.1. */
async function keys(): Promise<Record<'key' | 'locked' | 'cert', string>> {
  const folder = await temporaryFolder()
  const at = (name: string) => join(folder, name)
  const run = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' })
  run('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', at('key.pem'))
  run(
    'req',
    '-x509',
    '-new',
    '-key',
    at('key.pem'),
    '-subj',
    '/CN=127.0.0.1',
    '-days',
    '2',
    '-out',
    at('cert.pem'),
    '-addext',
    'subjectAltName=IP:127.0.0.1',
  )
  run('pkcs8', '-topk8', '-in', at('key.pem'), '-passout', 'pass:sesame', '-out', at('locked.pem'))
  return { key: at('key.pem'), locked: at('locked.pem'), cert: at('cert.pem') }
}

describe('an HTTP source with TLS', () => {
  it('answers under its certificate, with a key that may have a passphrase', async (t) => {
    const { key, locked, cert } = await keys()
    const ca = await readFile(cert)
    for (const tls of [
      `, cert="${cert}", key="${key}"`,
      `, cert="${cert}", key="${locked}", passwd=sesame`,
    ]) {
      const { port } = await serve(t, tls, 'https')
      const answer = await new Promise<string>((resolve, reject) => {
        const sent = secureRequest({ host: '127.0.0.1', port, method: 'POST', ca }, (response) => {
          let text = `${response.statusCode} `
          response.on('data', (chunk: Buffer) => (text += chunk.toString()))
          response.on('end', () => resolve(text))
        })
        sent.on('error', reject)
        sent.end('secret')
      })
      assert.equal(answer, '200 secret')
      // Nobody who has not seen the certificate trusts it, and nobody is answered in the clear.
      await assert.rejects(fetch(`https://127.0.0.1:${port}`))
      await assert.rejects(fetch(`http://127.0.0.1:${port}`))
    }
  })

  it('does not open without its files, or with those of others', async (t) => {
    const { key, locked, cert } = await keys()
    await assert.rejects(serve(t, `, cert="${cert}"`, 'https'), /is https and has no "key"/)
    await assert.rejects(serve(t, `, cert="${cert}", key="${key}.gone"`, 'https'), /ENOENT/)
    const wrong = `, cert="${cert}", key="${locked}", passwd=guess`
    await assert.rejects(serve(t, wrong, 'https'), /its key cannot be read: .*"passwd"/)
    await writeFile(key, 'no key')
    await assert.rejects(
      serve(t, `, cert="${cert}", key="${key}"`, 'https'),
      /its key cannot be read/,
    )
  })
})

describe('many bodies at once', () => {
  it('are held up to a limit together, also before they are whole', async (t) => {
    const { port } = await serve(t, ', max_held_bytes=3200000')
    const part = Buffer.alloc(1_000_000, 'x')
    const answers: Promise<number | string>[] = []
    const clients = Array.from({ length: 4 }, () => {
      const { promise, resolve } = Promise.withResolvers<number | string>()
      const client = request({ host: '127.0.0.1', port, method: 'POST' }, (answer) => {
        answer.resume()
        resolve(answer.statusCode ?? 0)
      })
      client.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
      answers.push(promise)
      return client
    })
    // Nobody comes to an end, and there is no room for all.
    for (const client of clients) client.write(part)
    const first = await Promise.race(answers.map(async (answer, at) => ({ at, got: await answer })))
    assert.ok([429, 'ECONNRESET', 'EPIPE'].includes(first.got), String(first.got))
    clients.forEach((client, at) => at !== first.at && client.end())
    const others = (await Promise.all(answers)).filter((_, at) => at !== first.at)
    assert.deepEqual(others, [200, 200, 200])
    // What was held is free again.
    const body = Buffer.alloc(2_900_000)
    for (let again = 0; again < 3; again++)
      assert.equal((await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body })).status, 200)
  })
})

const GIGABYTE = 1_000_000_000

describe('a body of a gigabyte', () => {
  it('is refused while it comes, is not held, and the flow goes on', async (t) => {
    const { port } = await serve(t, '')
    const chunk = Buffer.alloc(1 << 20, 'x')
    const before = process.memoryUsage().rss
    let most = before
    let sent = 0
    const status = await new Promise<number | string>((resolve) => {
      // No length is told: only what comes can be counted.
      const client = request({ host: '127.0.0.1', port, method: 'POST' }, (answer) => {
        answer.resume()
        resolve(answer.statusCode ?? 0)
      })
      client.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
      const feed = () => {
        while (sent < GIGABYTE && !client.destroyed) {
          sent += chunk.length
          most = Math.max(most, process.memoryUsage().rss)
          if (!client.write(chunk)) {
            client.once('drain', feed)
            return
          }
        }
        client.end()
      }
      feed()
    })
    // The connection may be closed before its client has read the answer.
    assert.ok(status === 413 || status === 'ECONNRESET' || status === 'EPIPE', String(status))
    // The limit is 64 MiB.
    assert.ok(sent < 128 * 2 ** 20, `${sent} bytes were taken`)
    assert.ok(most - before < 300 * 2 ** 20, `${most - before} bytes more were in memory`)
    t.diagnostic(
      `${sent / 2 ** 20} MiB sent, ${Math.round((most - before) / 2 ** 20)} MiB more in memory, ${status}`,
    )
    const answer = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: 'small' })
    assert.equal(await answer.text(), 'small')
  })
})
