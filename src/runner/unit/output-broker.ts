/**
 * output_broker: sends what comes to webhooks, object stores or Kafka, and again where that fails.
 * @module
 */
import { pause } from '../../domain/pause.ts'
import { bytesOf, type FlowBuffer } from '../../flow/stream/buffer.ts'
import {
  type FlowUnit,
  type Unit,
  type UnitContext,
  UnitError,
  type UnitHost,
} from '../../flow/stream/unit.ts'
import { type Broker, createBroker, Refusal } from './broker.ts'

export const outputBroker: FlowUnit = {
  descriptor: {
    name: 'output_broker',
    device: 'cpu',
    version: '1.0.0',
    group: 'Output',
    description:
      'Sends what comes to the brokers that its meta output_broker_names names, or to all',
    kind: 'stream',
    inputs: [{ name: 'in_output_info' }],
    outputs: [],
    options: [
      {
        name: 'brokers',
        type: 'string',
        description:
          'JSON: {"brokers": [{"type": "webhook", "name": "a", "cfg": {"url": "…"}}]}; a session may have its own',
        secret: true,
        default: '',
      },
      {
        name: 'mode',
        type: 'string',
        description: 'Whether the flow waits',
        default: 'sync',
        values: {
          sync: 'until it is sent, and fails with it',
          async: 'only while the queue is full',
        },
      },
      {
        name: 'retry_count_limit',
        type: 'int',
        description: 'Further tries; -1: no limit',
        default: '0',
      },
      {
        name: 'retry_interval_base_ms',
        type: 'int',
        description: 'Before the first of them',
        default: '100',
      },
      {
        name: 'retry_interval_increment_ms',
        type: 'int',
        description: 'More before each other',
        default: '100',
      },
      { name: 'retry_interval_limit_ms', type: 'int', description: 'At most', default: '1000' },
      {
        name: 'queue_size',
        type: 'int',
        description: 'What may wait, with mode=async',
        default: '100',
      },
    ],
  },
  create: createOutput,
}

function createOutput(): Unit {
  let host: UnitHost
  let settings = ''
  let isAsync = false
  let most = 0
  let tries: { limit: number; base: number; increment: number; highest: number }
  /** By the text that describes them: sessions that say the same share them. */
  const open = new Map<string, Map<string, Broker>>()
  const underWay = new Set<Promise<void>>()

  function brokersOf(context: UnitContext): Map<string, Broker> {
    const at = { node: host.node, unit: 'output_broker' }
    const text = context.session.config('brokers', at) ?? settings
    const known = open.get(text) ?? readBrokers(text)
    open.set(text, known)
    return known
  }

  async function deliver(broker: Broker, buffer: FlowBuffer): Promise<void> {
    const body = new Uint8Array(bytesOf(buffer))
    for (let failed = 0; ; failed++) {
      try {
        return await broker.send(body, host.signal)
      } catch (error) {
        const isOver = tries.limit >= 0 && failed >= tries.limit
        if (isOver || error instanceof Refusal || host.signal.aborted) throw error
      }
      await pause(Math.min(tries.base + failed * tries.increment, tries.highest), host.signal)
    }
  }

  return {
    open(config, given) {
      host = given
      settings = config.text('brokers')
      if (settings !== '') open.set(settings, readBrokers(settings))
      const mode = config.text('mode')
      if (mode !== 'sync' && mode !== 'async')
        throw new RangeError(`mode is "${mode}": it is sync or async`)
      isAsync = mode === 'async'
      most = Math.max(1, config.integer('queue_size'))
      tries = {
        limit: config.integer('retry_count_limit'),
        base: config.integer('retry_interval_base_ms'),
        increment: config.integer('retry_interval_increment_ms'),
        highest: config.integer('retry_interval_limit_ms'),
      }
    },
    async process(context) {
      const brokers = brokersOf(context)
      for (const buffer of context.input('in_output_info'))
        for (const [name, broker] of chosen(brokers, buffer)) {
          const sent = deliver(broker, buffer).catch((error: unknown) => {
            const reason = error instanceof Error ? error.message : String(error)
            if (!isAsync)
              throw new UnitError('Broker.Send', `Nothing could be sent to "${name}": ${reason}`)
            host.log('error', `Nothing could be sent to "${name}": ${reason}`)
          })
          if (!isAsync) {
            await sent
            continue
          }
          const held = sent.finally(() => underWay.delete(held))
          underWay.add(held)
          if (underWay.size >= most) await Promise.race(underWay)
        }
    },
    async close() {
      await Promise.all(underWay)
      const all = [...open.values()].flatMap((brokers) => [...brokers.values()])
      await Promise.all(all.map((broker) => broker.close()))
    },
  }
}

function chosen(brokers: Map<string, Broker>, { meta }: FlowBuffer): [string, Broker][] {
  const names = meta['output_broker_names']
  if (typeof names !== 'string' || names === '') return [...brokers]
  return names.split(/[|,]/).map((part) => {
    const name = part.trim()
    const broker = brokers.get(name)
    if (!broker)
      throw new UnitError(
        'Broker.Name',
        `There is no broker "${name}": there are ${[...brokers.keys()].join(', ')}`,
      )
    return [name, broker]
  })
}

function readBrokers(text: string): Map<string, Broker> {
  if (text === '')
    throw new UnitError(
      'Broker.Config',
      'There are no brokers: set brokers, or give the session some',
    )
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new UnitError('Broker.Config', 'brokers is no JSON', { cause: error })
  }
  const list = (value as { brokers?: unknown } | null)?.brokers
  if (!Array.isArray(list)) throw new UnitError('Broker.Config', 'brokers has no list "brokers"')
  return new Map(
    list.map((each: Readonly<Record<string, unknown>>) => {
      const cfg: unknown = typeof each['cfg'] === 'string' ? JSON.parse(each['cfg']) : each['cfg']
      const fields = (cfg ?? {}) as Readonly<Record<string, unknown>>
      return [String(each['name']), createBroker(String(each['type']), fields)]
    }),
  )
}
