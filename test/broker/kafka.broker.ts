/**
 * output_broker against a real Kafka.
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { Admin, Consumer, stringDeserializers } from '@platformatic/kafka'

import { type FlowBuffer, flowBuffer } from '../../src/flow/stream/buffer.ts'
import { dataSourceGenerator } from '../../src/runner/unit/data-source-generator.ts'
import { outputBroker } from '../../src/runner/unit/output-broker.ts'
import { openUnit } from '../helpers/unit.ts'
import { startFlow } from '../runner/flow/mock.ts'
import { type Kafka, startKafka } from './kafka-server.ts'

let kafka: Kafka

before(async () => {
  kafka = await startKafka()
})
after(() => kafka?.close())

function brokers(cfg: object): string {
  return JSON.stringify({
    brokers: [{ type: 'kafka', name: 'k', cfg: { brokers: kafka.address, ...cfg } }],
  })
}

async function makeTopic(topic: string): Promise<void> {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [kafka.address] })
  await admin.createTopics({ topics: [topic], partitions: 1, replicas: 1 })
  await admin.close()
}

/** The first `count` messages of a topic. */
async function read(topic: string, count: number): Promise<{ key: string; value: string }[]> {
  const consumer = new Consumer({
    groupId: crypto.randomUUID(),
    clientId: 'test',
    bootstrapBrokers: [kafka.address],
    deserializers: stringDeserializers,
  })
  const stream = await consumer.consume({ topics: [topic], mode: 'earliest', maxWaitTime: 200 })
  const found: { key: string; value: string }[] = []
  const all = Promise.withResolvers<void>()
  stream.on('data', ({ key, value }) => {
    if (found.push({ key: key ?? '', value }) === count) all.resolve()
  })
  stream.on('error', all.reject)
  await all.promise
  await consumer.close(true)
  return found
}

function texts(count: number, word: string): FlowBuffer[] {
  return Array.from({ length: count }, (_, index) => flowBuffer(`${word} ${index} é`))
}

describe('output_broker and Kafka', () => {
  it('what a flow sends is in the topic, with its key', async () => {
    await makeTopic('flow')
    const cfg = brokers({ topic: 'flow', key: 'a' }).replaceAll('"', '\\"')
    const flow = await startFlow(
      `digraph { s [flowunit=data_source_generator, source_type=url, url="rtsp://camera"] o [flowunit=output_broker, brokers="${cfg}"] s:out_data -> o:in_output_info }`,
      [dataSourceGenerator, outputBroker],
    )
    assert.deepEqual(await flow.done, { sessions: 1, failed: 0 })
    const [{ key, value }] = await read('flow', 1)
    assert.equal(key, 'a')
    assert.equal(JSON.parse(value).url, 'rtsp://camera')
  })

  it('messages keep their order and their bytes', async () => {
    await makeTopic('order')
    const unit = await openUnit(outputBroker, { brokers: brokers({ topic: 'order' }) })
    const sent = texts(50, 'message')
    for (const buffer of sent) await unit.call({ inputs: { in_output_info: [buffer] } })
    await unit.close()
    assert.deepEqual(
      (await read('order', 50)).map(({ value }) => value),
      sent.map(({ data }) => data),
    )
  })

  it('asynchronously, everything is there when the unit is closed', async () => {
    await makeTopic('async')
    const settings = { brokers: brokers({ topic: 'async' }), mode: 'async', queue_size: '8' }
    const unit = await openUnit(outputBroker, settings)
    const sent = texts(200, 'later')
    await unit.call({ inputs: { in_output_info: sent } })
    await unit.close()
    assert.deepEqual(
      (await read('async', 200)).map(({ value }) => value).toSorted(),
      sent.map(({ data }) => data as string).toSorted(),
    )
    assert.deepEqual(unit.logs, [])
  })

  it('a topic that is not there, and a message that is too large, are errors that say so', async () => {
    const nowhere = await openUnit(outputBroker, { brokers: brokers({ topic: 'nowhere' }) })
    const [buffer] = texts(1, 'lost')
    await assert.rejects(
      nowhere.call({ inputs: { in_output_info: [buffer] } }),
      /Nothing could be sent to "k": .*nowhere/,
    )
    await nowhere.close()
    await makeTopic('small')
    // Which no further try mends.
    const settings = { brokers: brokers({ topic: 'small' }), retry_count_limit: '-1' }
    const unit = await openUnit(outputBroker, settings)
    await assert.rejects(
      unit.call({ inputs: { in_output_info: [flowBuffer('x'.repeat(200_000))] } }),
      /Nothing could be sent to "k": topic "small": .*larger than/,
    )
    await unit.call({ inputs: { in_output_info: [buffer] } })
    await unit.close()
    assert.deepEqual(
      (await read('small', 1)).map(({ value }) => value),
      [buffer.data],
    )
  })

  it('a Kafka that is killed and comes back gets what was waiting, where tries are left', async () => {
    await makeTopic('back')
    const cfg = brokers({ topic: 'back' })
    const unit = await openUnit(outputBroker, { brokers: cfg, retry_count_limit: '-1' })
    const [first, second] = texts(2, 'kept')
    await unit.call({ inputs: { in_output_info: [first] } })
    await kafka.kill()
    const once = await openUnit(outputBroker, { brokers: cfg })
    await assert.rejects(
      once.call({ inputs: { in_output_info: [second] } }),
      /Nothing could be sent to "k"/,
    )
    await once.close()
    const sent = unit.call({ inputs: { in_output_info: [second] } })
    await kafka.start()
    await sent
    await unit.close()
    assert.deepEqual(
      (await read('back', 2)).map(({ value }) => value),
      [first.data, second.data],
    )
  })
})
