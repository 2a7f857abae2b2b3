/**
 * Set intersection of two parties, a thread each: seconds, bytes on the wire and peak memory of both together.
 * @module
 */
import { MessageChannel, Worker } from 'node:worker_threads'

import { temporaryFolder } from '../helpers/folder.ts'
import type { PartyEnd, PartyStart } from './psi-party.ts'

interface Line {
  params: object
  value: number
  unit: string
}

/** `WEFT_BENCH_IDS` ids a side, or `usual`; half of them in common. Peak memory is in the line of the benchmark. */
export async function* benchPair(method: PartyStart['method'], usual: number): AsyncIterable<Line> {
  const ids = Number(process.env.WEFT_BENCH_IDS ?? usual)
  const { port1, port2 } = new MessageChannel()
  const folder = await temporaryFolder()
  const parties = [
    startParty({ role: 'guest', method, ids, from: 0, folder, port: port1 }),
    startParty({ role: 'host', method, ids, from: Math.floor(ids / 2), folder, port: port2 }),
  ]
  await Promise.all(parties.map(({ ready }) => ready))
  for (const { worker } of parties) worker.postMessage('start')
  const [guest, host] = await Promise.all(parties.map(({ end }) => end))
  if (guest.found !== Math.ceil(ids / 2)) throw new Error(`psi: found ${guest.found} of ${ids / 2}`)
  const params = { method, ids }
  yield { params, value: Math.max(guest.seconds, host.seconds), unit: 's' }
  yield { params: { ...params, party: 'guest' }, value: guest.cpuSeconds, unit: 's of CPU' }
  yield { params: { ...params, party: 'host' }, value: host.cpuSeconds, unit: 's of CPU' }
  yield { params, value: guest.bytes + host.bytes, unit: 'bytes sent' }
}

function startParty(start: PartyStart) {
  const worker = new Worker(new URL('./psi-party.ts', import.meta.url), {
    workerData: start,
    transferList: [start.port],
  })
  const ready = Promise.withResolvers<void>()
  const end = Promise.withResolvers<PartyEnd>()
  worker.on('message', (message: 'ready' | PartyEnd) => {
    if (message === 'ready') ready.resolve()
    else end.resolve(message)
  })
  worker.on('error', (error) => {
    ready.reject(error)
    end.reject(error)
  })
  return { worker, ready: ready.promise, end: end.promise }
}
