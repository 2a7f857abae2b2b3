/**
 * How many requests a second an echo over a flow answers at 64 connections, beside the same echo on bare `node:http` in
 * the same run. Each server has a process of its own, and the clients another.
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

import { ROOT } from '../helpers/place.ts'

const CONNECTIONS = 64
const WARM_UP_MS = 1000
const MEASURED_MS = 4000
const SERVER = 'test/bench/flow-echo-server.ts'
const CLIENT = 'test/bench/flow-echo-client.ts'

export const bench = { name: 'flow-echo', run }

interface Figures {
  readonly perSecond: number
  readonly p99: number
  /** Answered in one second of the server's own CPU time. */
  readonly perCpuSecond: number
  readonly peakMib: number
}

async function* run(): AsyncGenerator<{ params: object; value: number; unit: string }> {
  const found: Figures[] = []
  for (const kind of ['node:http', 'flow'] as const) {
    const figures = await measure(kind)
    found.push(figures)
    const params = { server: kind, connections: CONNECTIONS }
    yield { params, value: figures.perSecond, unit: 'requests/s' }
    yield {
      params: { ...params, per: 'CPU second' },
      value: figures.perCpuSecond,
      unit: 'requests/s',
    }
    yield { params: { ...params, figure: 'p99' }, value: figures.p99, unit: 'ms' }
    yield { params: { ...params, figure: 'peak' }, value: figures.peakMib, unit: 'MiB' }
  }
  const [bare, flow] = found
  const params = { of: 'flow to node:http', aim: 50 }
  yield { params, value: (100 * flow.perSecond) / bare.perSecond, unit: '% of requests/s' }
  yield {
    params: { ...params, per: 'CPU second' },
    value: (100 * flow.perCpuSecond) / bare.perCpuSecond,
    unit: '% of requests/s',
  }
}

async function measure(kind: string): Promise<Figures> {
  const server = child(SERVER, [kind])
  const { port } = (await server.next()) as { port: number }
  const client = child(CLIENT, [
    String(port),
    String(CONNECTIONS),
    String(WARM_UP_MS),
    String(MEASURED_MS),
  ])
  try {
    await client.next()
    server.say('begin')
    const { answered, p99 } = (await client.next()) as { answered: number; p99: number }
    server.say('end')
    const { cpuMs, peakMib } = (await server.next()) as { cpuMs: number; peakMib: number }
    return {
      perSecond: (answered * 1000) / MEASURED_MS,
      perCpuSecond: (answered * 1000) / cpuMs,
      p99,
      peakMib,
    }
  } finally {
    await Promise.all([client.close(), server.close()])
  }
}

/** A process that speaks in lines of JSON. */
function child(file: string, args: readonly string[]) {
  const process_ = spawn(process.execPath, ['--import', 'tsx', file, ...args], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: process_.stdout })[Symbol.asyncIterator]()
  return {
    async next(): Promise<unknown> {
      const { value, done } = await lines.next()
      if (done === true) throw new Error(`${file} ended early`)
      return JSON.parse(value)
    },
    say: (word: string) => void process_.stdin.write(`${word}\n`),
    async close() {
      if (process_.exitCode !== null || process_.signalCode !== null) return
      process_.kill()
      await once(process_, 'exit')
    },
  }
}
