/**
 * One party of a set intersection in a thread of its own, for `psi-pair.ts`.
 * @module
 */
import { delimiter } from 'node:path'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'

import { IntersectParam } from '../../src/component/psi/intersect-param.ts'
import type { MethodContext } from '../../src/component/psi/protocol.ts'
import { protocolOf } from '../../src/component/psi/protocols.ts'
import { randomBytes } from '../../src/compute/crypto/random.ts'
import { inline } from '../../src/compute/parallel.ts'
import type { Address } from '../../src/federation/channel.ts'
import { useAccelerator } from '../../src/runner/accelerator.ts'
import { diskScratch } from '../../src/runner/data/scratch-store.ts'

/** What a party is started with. */
export interface PartyStart {
  readonly role: 'guest' | 'host'
  readonly method: 'rsa' | 'ecdh' | 'kkrt'
  readonly ids: number
  /** Number of the first id. */
  readonly from: number
  readonly folder: string
  readonly port: MessagePort
}

/** What it reports in the end. */
export interface PartyEnd {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly bytes: number
  /** Common ids; the guest knows. */
  readonly found: number
}

type Message = { readonly tag: string; readonly bytes: Uint8Array } | { readonly credit: string }

/** Messages of one tag that may be under way: a peer that is slow holds the sender up. */
const WINDOW = 8

async function run({ role, method, ids: count, from, folder, port }: PartyStart): Promise<void> {
  const ids = Array.from({ length: count }, (_, i) => `customer-${from + i}`)
  const peer: Address = role === 'guest' ? 'host:10000' : 'guest:9999'
  const self: Address = role === 'guest' ? 'guest:9999' : 'host:10000'
  const waiting = new Map<string, Uint8Array[]>()
  const wake = new Map<string, (() => void)[]>()
  const credit = new Map<string, number>()
  let bytes = 0
  port.on('message', (message: Message) => {
    if ('credit' in message) credit.set(message.credit, (credit.get(message.credit) ?? WINDOW) + 1)
    else waiting.set(message.tag, [...(waiting.get(message.tag) ?? []), message.bytes])
    const name = 'credit' in message ? `to ${message.credit}` : `from ${message.tag}`
    for (const resolve of wake.get(name) ?? []) resolve()
    wake.delete(name)
  })
  const until = (name: string) =>
    new Promise<void>((resolve) => wake.set(name, [...(wake.get(name) ?? []), resolve]))

  const start = Promise.withResolvers<void>()
  parentPort?.once('message', () => start.resolve())
  parentPort?.postMessage('ready')
  await start.promise

  const channel = {
    self,
    async send(_to: Address, tag: string, message: Uint8Array) {
      while ((credit.get(tag) ?? WINDOW) === 0) await until(`to ${tag}`)
      credit.set(tag, (credit.get(tag) ?? WINDOW) - 1)
      const copy = message.slice()
      bytes += copy.length
      port.postMessage({ tag, bytes: copy }, [copy.buffer])
    },
    async receive(_from: Address, tag: string): Promise<Uint8Array> {
      for (;;) {
        const message = waiting.get(tag)?.shift()
        if (message) {
          port.postMessage({ credit: tag })
          return message
        }
        await until(`from ${tag}`)
      }
    },
  }
  const { signal } = new AbortController()
  const key = { jobId: 'bench', role, party: self, node: 'intersection' }
  const scratch = diskScratch(folder, key)
  const params = IntersectParam.parse({ intersect_method: method })
  // The parts of a task's context that methods use.
  const context = {
    name: 'bench',
    params,
    signal,
    channel,
    scratch,
    parallel: inline,
    random: randomBytes,
  }
  const place = { channel, peer, signal, scratch, rows: count, done: () => undefined }
  useAccelerator((process.env.WEFT_NATIVES ?? '').split(delimiter).filter(Boolean))
  const before = performance.now()
  const cpu = process.threadCpuUsage()
  let found = 0
  if (role === 'guest') {
    const places = await protocolOf(method).ask(context as unknown as MethodContext, ids, place)
    for (const at of places) if (at >= 0) found++
  } else await protocolOf(method).answer(context as unknown as MethodContext, ids, place)
  const { user, system } = process.threadCpuUsage(cpu)
  const seconds = (performance.now() - before) / 1000
  const end: PartyEnd = { seconds, cpuSeconds: (user + system) / 1e6, bytes, found }
  parentPort?.postMessage(end)
  port.close()
}

await run(workerData as PartyStart)
