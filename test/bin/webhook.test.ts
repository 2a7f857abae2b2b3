import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'

import { webhookSender } from '../../src/bin/webhook.ts'
import { allowedHosts, isPublic } from '../../src/runner/reach.ts'

const SEAL = { id: 'msg_1' }

describe('webhooks', () => {
  const seen: unknown[] = []
  let server: Server
  let port = 0

  before(async () => {
    server = createServer((request, response) => {
      let text = ''
      request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      request.on('end', () => {
        seen.push([request.method, request.url, request.headers.authorization, JSON.parse(text)])
        if (request.url === '/moved') response.writeHead(302, { location: '/elsewhere' })
        response.end('{}')
      })
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    ;({ port } = server.address() as AddressInfo)
  })
  after(() => server.close())

  it('are told as JSON, with the name and password of their address; no redirect is followed', async () => {
    const send = webhookSender(allowedHosts(['127.0.0.0/8']))
    await send(`http://me:p%40s%C3%A9@127.0.0.1:${port}/hook?key=1`, { a: 'é' }, SEAL)
    await assert.rejects(send(`http://127.0.0.1:${port}/moved`, {}, SEAL), /it answered 302/)
    const basic = `Basic ${Buffer.from('me:p@sé').toString('base64')}`
    assert.deepEqual(seen.splice(0), [
      ['POST', '/hook?key=1', basic, { a: 'é' }],
      ['POST', '/moved', undefined, {}],
    ])
  })

  it('are signed as Standard Webhooks says, with a secret of their own before that of the server', async () => {
    const heard: { headers: IncomingHttpHeaders; text: string }[] = []
    const receiver = createServer((request, response) => {
      let text = ''
      request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      request.on('end', () => {
        heard.push({ headers: request.headers, text })
        response.end()
      })
    }).listen(0, '127.0.0.1')
    await once(receiver, 'listening')
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`
    const [servers, own] = [randomBytes(32), randomBytes(24)]
    const word = (bytes: Buffer) => `whsec_${bytes.toString('base64')}`
    const options = { secret: word(servers), now: () => 1_614_265_330_999 }
    const send = webhookSender(allowedHosts(['127.0.0.1']), options)
    try {
      await send(url, { test: 'é' }, { id: 'msg_1' })
      await send(url, { test: 'é' }, { id: 'msg_2', secret: word(own) })
      await webhookSender(allowedHosts(['127.0.0.1']))(url, {}, { id: 'msg_3' })
    } finally {
      receiver.close()
    }
    for (const [index, key] of [servers, own].entries()) {
      const { headers, text } = heard[index]
      assert.equal(headers['webhook-id'], `msg_${index + 1}`)
      assert.equal(headers['webhook-timestamp'], '1614265330')
      const mac = createHmac('sha256', key).update(`msg_${index + 1}.1614265330.${text}`)
      assert.equal(headers['webhook-signature'], `v1,${mac.digest('base64')}`)
    }
    assert.equal(heard[2].headers['webhook-id'], 'msg_3')
    assert.equal(heard[2].headers['webhook-signature'], undefined)
  })

  it('are signed with nothing weak', () => {
    const odd = ['', 'password', 'whsec_', `whsec_${btoa('short')}`, `whsec_${'?'.repeat(40)}`]
    for (const secret of [...odd, `whsec_${btoa('x'.repeat(65))}`, btoa('x'.repeat(32))])
      assert.throws(
        () => webhookSender(allowedHosts([]), { secret }),
        (error: Error) =>
          error.message.startsWith('WEFT_WEBHOOK_SECRET should be whsec_ followed by 24 to 64') &&
          (secret === '' || secret === 'whsec_' || !error.message.includes(secret)),
      )
  })

  it('are not told on this host or its network, however that is written', async () => {
    const send = webhookSender(allowedHosts([]))
    for (const host of [
      '127.0.0.1',
      '127.1',
      '2130706433',
      '0x7f000001',
      '0.0.0.0',
      '[::1]',
      '[::]',
      '[::ffff:127.0.0.1]',
      '[64:ff9b::7f00:1]',
      '10.1.2.3',
      '169.254.169.254',
      '192.168.0.1',
      '[fd00::1]',
      '[fe80::1]',
    ]) {
      await assert.rejects(
        send(`http://${host}:${port}/hook`, {}, SEAL),
        /is not on the public internet: .*WEFT_WEBHOOK_HOSTS/,
        host,
      )
    }
    assert.deepEqual(seen, [])
  })

  it('are not told through a name that stands for this host', async () => {
    const url = `http://localhost:${port}/hook`
    await assert.rejects(
      webhookSender(allowedHosts([]))(url, {}, SEAL),
      /localhost is (127\.0\.0\.1|::1), which is not on the public internet/,
    )
    assert.deepEqual(seen, [])
    // The name itself is allowed, whatever it stands for; or what it stands for; or everything.
    for (const allowed of [['localhost'], ['127.0.0.1', '::1'], ['*']])
      await webhookSender(allowedHosts(allowed))(url, {}, SEAL)
    assert.equal(seen.splice(0).length, 3)
  })

  it('are not told where another host or network is allowed', async () => {
    const send = webhookSender(allowedHosts(['10.0.0.0/8', 'hooks.internal', 'fd00::/8']))
    await assert.rejects(send(`http://127.0.0.1:${port}/`, {}, SEAL), /not on the public internet/)
  })

  it('are of http and https only', async () => {
    const send = webhookSender(allowedHosts(['*']))
    await assert.rejects(send('file:///etc/hostname', {}, SEAL), /http or https, not at file:/)
  })

  it('that answer without end are not listened to', async () => {
    const endless = createServer((_, response) => {
      response.writeHead(200)
      const timer = setInterval(() => response.write('x'.repeat(1000)), 1)
      response.on('close', () => clearInterval(timer))
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => endless.once('listening', resolve))
    const { port: other } = endless.address() as AddressInfo
    await webhookSender(allowedHosts(['127.0.0.1']))(`http://127.0.0.1:${other}/`, {}, SEAL)
    await new Promise((resolve) => endless.close(resolve))
  })
})

describe('an address', () => {
  const PUBLIC = ['1.1.1.1', '8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00::1']
  const OTHER = [
    '127.0.0.1',
    '10.255.255.255',
    '172.31.255.255',
    '100.64.0.1',
    '192.0.2.1',
    '198.19.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
    '64:ff9b:1::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    'fc00::1',
    'fe80::1%eth0',
    'ff02::1',
    'nonsense',
  ]
  for (const address of PUBLIC) it(`${address} is public`, () => assert.ok(isPublic(address)))
  it('::ffff:1.1.1.1 and 64:ff9b::101:101 are what they stand for', () => {
    assert.ok(isPublic('::ffff:1.1.1.1'))
    assert.ok(isPublic('64:ff9b::101:101'))
  })
  for (const address of OTHER) it(`${address} is not`, () => assert.ok(!isPublic(address)))
})

describe('a list of allowed hosts', () => {
  for (const entry of ['http://x', 'a b', '10.0.0.0/33', '10.0.0.0/x', 'fd00::/129', ''])
    it(`has no "${entry}"`, () => assert.throws(() => allowedHosts([entry]), RangeError))
})
