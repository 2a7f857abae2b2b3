/**
 * Where output_broker sends to: webhooks, object stores, Kafka.
 * @module
 */
import { objectPlace, writingRequest } from './object-store.ts'

/** One destination. */
export interface Broker {
  send(body: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

type Fields = Readonly<Record<string, unknown>>

const ANSWER_MS = 10_000

/** The brokers by their types. */
const KINDS: Readonly<Record<string, (fields: Fields) => Broker>> = {
  webhook,
  obs: objectStore,
  s3: objectStore,
  kafka,
}

/** A failure that another try will not mend. */
export class Refusal extends Error {}

/** The broker of a description. Throws a sentence where it cannot be. */
export function createBroker(type: string, fields: Fields): Broker {
  if (Object.hasOwn(KINDS, type)) return KINDS[type](fields)
  throw new Error(
    `current environment does not support the broker type "${type}": ${Object.keys(KINDS).join(', ')} are known`,
  )
}

function webhook(fields: Fields): Broker {
  const url = new URL(textIn(fields, 'url'))
  if (!/^https?:$/.test(url.protocol))
    throw new Error('The url of a webhook is to be http or https')
  const given = Object.entries((fields['headers'] ?? {}) as Fields)
  const headers = Object.fromEntries(given.map(([name, value]) => [name, String(value)]))
  return {
    send: (body, signal) =>
      post(
        new Request(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body,
        }),
        signal,
      ),
    close: () => Promise.resolve(),
  }
}

/** Each output is an object of its own, below the path. */
function objectStore(fields: Fields): Broker {
  const place = objectPlace(fields)
  return {
    async send(body, signal) {
      const path = `${place.path.replace(/\/+$/, '')}/${Date.now()}-${crypto.randomUUID()}`
      await post(await writingRequest({ ...place, path }, body), signal)
    },
    close: () => Promise.resolve(),
  }
}

function kafka(fields: Fields): Broker {
  const bootstrapBrokers = textIn(fields, 'brokers')
    .split(',')
    .map((each) => each.trim())
  const topic = textIn(fields, 'topic')
  const key = typeof fields['key'] === 'string' ? Buffer.from(fields['key']) : undefined
  let producer: ReturnType<typeof connect> | undefined

  async function connect() {
    const { Producer } = await import('@platformatic/kafka')
    return new Producer({
      clientId: 'weft',
      bootstrapBrokers,
      retries: 0,
      connectTimeout: ANSWER_MS,
    })
  }

  return {
    async send(body) {
      producer ??= connect()
      const value = Buffer.from(body)
      const messages = [{ topic, value, ...(key ? { key } : {}) }]
      await (await producer).send({ messages }).catch((error: unknown) => {
        throw kafkaFailure(error, topic)
      })
    },
    async close() {
      await (await producer)?.close()
    },
  }
}

/** What the client wraps into "Producing messages failed"; what Kafka itself says for good is not tried again. */
function kafkaFailure(error: unknown, topic: string): Error {
  const reasons = leavesOf(error)
  const words = [...new Set(reasons.map((each) => messageOf(each)))].join('; ')
  const text = `topic "${topic}": ${words}`
  const isFinal = reasons.some((each) => {
    const { code, canRetry } = each as { code?: unknown; canRetry?: unknown }
    return code === 'PLT_KFK_PROTOCOL' && canRetry === false
  })
  return isFinal ? new Refusal(text, { cause: error }) : new Error(text, { cause: error })
}

function leavesOf(error: unknown): readonly unknown[] {
  const inner = error instanceof AggregateError ? error.errors.flatMap(leavesOf) : []
  return inner.length > 0 ? inner : [error]
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

async function post(request: Request, signal: AbortSignal): Promise<void> {
  const { host } = new URL(request.url)
  const answer = await fetch(request, {
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
  }).catch((error: unknown) => {
    throw new Error(`${host} does not answer`, { cause: error })
  })
  await answer.body?.cancel()
  if (answer.ok) return
  const text = `${host} answered ${answer.status}`
  throw answer.status < 500 && answer.status !== 408 && answer.status !== 429
    ? new Refusal(text)
    : new Error(text)
}

function textIn(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value !== 'string' || value === '') throw new Error(`The broker has no "${name}"`)
  return value
}
