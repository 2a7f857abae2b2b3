/**
 * data_source_parser and output_broker against services on this host.
 * @module
 */
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo } from 'node:net'
import { after, describe, it } from 'node:test'

import { flowBuffer } from '../../../src/flow/stream/buffer.ts'
import { dataSourceParser } from '../../../src/runner/unit/data-source-parser.ts'
import { outputBroker } from '../../../src/runner/unit/output-broker.ts'
import { openUnit } from '../../helpers/unit.ts'

interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

const closing: (() => void)[] = []
after(() => closing.forEach((close) => close()))

async function service(answer: (asked: Asked, response: ServerResponse) => void) {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const one = { method, url, headers, body: Buffer.concat(pieces).toString() }
      asked.push(one)
      answer(one, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => server.close())
  return { asked, base: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

async function parse(fields: object, type: string, settings = {}) {
  const unit = await openUnit(dataSourceParser, settings)
  const { outputs } = await unit.call({
    inputs: { in_data: [flowBuffer(JSON.stringify(fields), { source_type: type })] },
  })
  return outputs.out_video_url[0]
}

describe('data_source_parser', () => {
  it('gives an address with how it is to be opened again; a file is opened once', async () => {
    const settings = { retry_enable: 'true', retry_interval_ms: '50' }
    const stream = await parse({ url: 'rtsp://a/b', url_type: 'stream' }, 'url', settings)
    assert.equal(stream.data, 'rtsp://a/b')
    assert.deepEqual(stream.meta, {
      source_type: 'url',
      retry_enable: true,
      retry_interval_ms: 50,
      retry_count_limit: -1,
    })
    const file = await parse({ url: 'a.mp4', url_type: 'file' }, 'url', settings)
    assert.equal(file.meta['retry_enable'], false)
  })

  it('asks a service and finds the address in its answer', async () => {
    const { asked, base } = await service((_, response) =>
      response.end('{"data":{"url":"http://x/v.mp4"}}'),
    )
    const fields = {
      request_url: `${base}/where?a=1`,
      params: [{ param_key: 'id', param_value: 'ä b' }],
      headers: { 'x-token': 't' },
      response_url_position: 'data.url',
    }
    assert.equal((await parse(fields, 'restful')).data, 'http://x/v.mp4')
    assert.equal(new URL(asked[0].url, base).searchParams.get('id'), 'ä b')
    assert.equal(asked[0].headers['x-token'], 't')
    const wrong = { ...fields, response_url_position: 'data.toString' }
    await assert.rejects(parse(wrong, 'restful'), /has no text at "data.toString"/)
    const texts = { ...fields, params: JSON.stringify(fields.params), headers: '' }
    assert.equal((await parse(texts, 'restful')).data, 'http://x/v.mp4')
  })

  it('signs the address of an object as S3 says', async () => {
    const fields = {
      obsEndPoint: 'https://store.test',
      bucket: 'b',
      path: 'a dir/v.mp4',
      ak: 'AK',
      sk: 'SK',
      region: 'r1',
    }
    const url = new URL((await parse(fields, 'obs')).data as string)
    assert.equal(url.pathname, '/b/a%20dir/v.mp4')
    // Signature Version 4, computed here from its definition.
    const given = url.searchParams.get('X-Amz-Signature')
    url.searchParams.delete('X-Amz-Signature')
    const date = url.searchParams.get('X-Amz-Date') ?? ''
    const query = [...url.searchParams]
      .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
      .toSorted()
      .join('&')
    const canonical = [
      'GET',
      url.pathname,
      query,
      'host:store.test',
      '',
      'host',
      'UNSIGNED-PAYLOAD',
    ].join('\n')
    const scope = `${date.slice(0, 8)}/r1/s3/aws4_request`
    const hash = createHash('sha256').update(canonical).digest('hex')
    const mac = (key: string | Buffer, text: string) =>
      createHmac('sha256', key).update(text).digest()
    const key = scope.split('/').reduce<string | Buffer>((last, part) => mac(last, part), 'AWS4SK')
    const expected = mac(key, ['AWS4-HMAC-SHA256', date, scope, hash].join('\n')).toString('hex')
    assert.equal(given, expected)
  })

  it('says what is wrong', async () => {
    await assert.rejects(parse({}, 'vcn'), /does not support the source type "vcn": url, restful/)
    await assert.rejects(parse({}, 'url'), /has no "url"/)
    await assert.rejects(parse({ bucket: 'b' }, 'obs'), /has no "endpoint"/)
    await assert.rejects(
      parse({ request_url: 'file:///etc', response_url_position: 'a' }, 'restful'),
      /http or https/,
    )
  })
})

const brokers = (...list: { name: string; type: string; cfg: object }[]) =>
  JSON.stringify({ brokers: list })

describe('output_broker', () => {
  it('sends to those that the buffer names, and to all otherwise', async () => {
    const { asked, base } = await service((_, response) => response.end())
    const hook = (name: string) => ({
      name,
      type: 'webhook',
      cfg: { url: `${base}/${name}`, headers: { 'x-a': '1' } },
    })
    const unit = await openUnit(outputBroker, { brokers: brokers(hook('a'), hook('b')) })
    const given = [flowBuffer('{"n":1}'), flowBuffer('{"n":2}', { output_broker_names: 'b' })]
    await unit.call({ inputs: { in_output_info: given } })
    assert.deepEqual(
      asked.map(({ method, url, body, headers }) => [method, url, body, headers['x-a']]),
      [
        ['POST', '/a', '{"n":1}', '1'],
        ['POST', '/b', '{"n":1}', '1'],
        ['POST', '/b', '{"n":2}', '1'],
      ],
    )
    const nobody = [flowBuffer('x', { output_broker_names: 'c' })]
    await assert.rejects(
      unit.call({ inputs: { in_output_info: nobody } }),
      /no broker "c": there are a, b/,
    )
    await unit.close()
  })

  it('tries again while the service is busy, never after a refusal', async () => {
    let answers = [503, 429, 200]
    const { asked, base } = await service((_, response) => {
      response.statusCode = answers.shift() ?? 400
      response.end()
    })
    const settings = {
      brokers: brokers({ name: 'a', type: 'webhook', cfg: { url: base } }),
      retry_count_limit: '5',
      retry_interval_base_ms: '1',
      retry_interval_increment_ms: '1',
    }
    const unit = await openUnit(outputBroker, settings)
    await unit.call({ inputs: { in_output_info: [flowBuffer('x')] } })
    assert.equal(asked.length, 3)
    await assert.rejects(unit.call({ inputs: { in_output_info: [flowBuffer('x')] } }), {
      code: 'Broker.Send',
      message: /Nothing could be sent to "a": 127.0.0.1:\d+ answered 400/,
    })
    assert.equal(asked.length, 4)
    answers = [500, 500]
    const once = await openUnit(outputBroker, { ...settings, retry_count_limit: '1' })
    await assert.rejects(
      once.call({ inputs: { in_output_info: [flowBuffer('x')] } }),
      /answered 500/,
    )
    assert.equal(asked.length, 6)
  })

  it('does not wait with mode=async, and its end waits for what is under way', async () => {
    const waiting: ServerResponse[] = []
    const { asked, base } = await service((_, response) => waiting.push(response))
    const unit = await openUnit(outputBroker, {
      brokers: brokers({ name: 'a', type: 'webhook', cfg: { url: base } }),
      mode: 'async',
      queue_size: '3',
    })
    await unit.call({ inputs: { in_output_info: [flowBuffer('1'), flowBuffer('2')] } })
    const third = unit.call({ inputs: { in_output_info: [flowBuffer('3')] } })
    while (waiting.length < 3) await new Promise((resolve) => setImmediate(resolve))
    let full = true
    void third.then(() => (full = false))
    await new Promise((resolve) => setImmediate(resolve))
    assert.ok(full, 'three wait, and no more fit')
    waiting[0].end()
    await third
    for (const response of waiting.slice(1)) response.writeHead(400).end()
    await unit.close()
    assert.equal(asked.length, 3)
    assert.equal(unit.logs.filter((line) => /error: Nothing could be sent/.test(line)).length, 2)
  })

  it('puts objects into a store, signed, under the path', async () => {
    const { asked, base } = await service((_, response) => response.end())
    const cfg = { endPoint: base, bucket: 'b', path: 'out/', ak: 'AK', sk: 'SK' }
    const unit = await openUnit(
      outputBroker,
      {},
      { session: { brokers: brokers({ name: 'o', type: 'obs', cfg }) } },
    )
    await unit.call({ inputs: { in_output_info: [flowBuffer(Uint8Array.of(65, 66))] } })
    assert.equal(asked[0].method, 'PUT')
    assert.match(asked[0].url, /^\/b\/out\/\d+-[0-9a-f-]+$/)
    assert.equal(asked[0].body, 'AB')
    assert.match(
      asked[0].headers.authorization ?? '',
      /^AWS4-HMAC-SHA256 Credential=AK\/\d{8}\/us-east-1\/s3/,
    )
  })

  it('a Kafka that is not there is an error, not a wait', async () => {
    const cfg = { brokers: '127.0.0.1:1', topic: 't' }
    const unit = await openUnit(outputBroker, {
      brokers: brokers({ name: 'k', type: 'kafka', cfg }),
    })
    await assert.rejects(
      unit.call({ inputs: { in_output_info: [flowBuffer('x')] } }),
      /could be sent to "k"/,
    )
    await unit.close()
  })

  it('says what is wrong with the settings', async () => {
    const cfg = {}
    await assert.rejects(openUnit(outputBroker, { brokers: '{' }), /brokers is no JSON/)
    await assert.rejects(
      openUnit(outputBroker, { brokers: brokers({ name: 'd', type: 'dis', cfg }) }),
      /broker type "dis"/,
    )
    await assert.rejects(
      openUnit(outputBroker, { brokers: brokers({ name: 'k', type: 'kafka', cfg }) }),
      /has no "brokers"/,
    )
    await assert.rejects(openUnit(outputBroker, { mode: 'later' }), /sync or async/)
  })
})
