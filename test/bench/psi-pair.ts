/**
 * Set intersection of two parties, a process each and a socket between them: seconds, bytes on the wire, and processor time
 * and peak memory of each.
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import { temporaryFolder } from '../helpers/folder.ts'
import type { PartyEnd, PartyStart } from './psi-party.ts'

interface Line {
  params: object
  value: number
  unit: string
}

/** What is timed. */
export interface PairOptions {
  readonly method: string
  /** Ids a side where `WEFT_BENCH_IDS` does not say. */
  readonly usual: number
  /** The guest's ids for one of the host's; 1 without it. */
  readonly share?: number
  /** Through the component and not the method alone. */
  readonly whole?: boolean
}

/** Half of the guest's ids are in common. */
export async function* benchPair(options: PairOptions): AsyncIterable<Line> {
  const { method, usual, share = 1, whole = false } = options
  const ids = Number(process.env.WEFT_BENCH_IDS ?? usual)
  const asked = Math.ceil(share * ids)
  const folder = await temporaryFolder()
  const common = { params: { intersect_method: method }, whole, asked, folder }
  const parties = [
    startParty({ ...common, role: 'guest', ids: asked, from: 0 }),
    startParty({ ...common, role: 'host', ids, from: Math.floor(asked / 2) }),
  ]
  const [first, second] = parties
  try {
    await first.says('port?')
    const { port } = (await second.says('port')) as { port: number }
    first.child.send(port)
    await Promise.all(parties.map(({ says }) => says('ready')))
    for (const { child } of parties) child.send('start')
    const ends = await Promise.all(
      parties.map(({ says }) => says('end') as Promise<{ end: PartyEnd }>),
    )
    const [guest, host] = ends.map(({ end }) => end)
    if (guest.found !== Math.ceil(asked / 2)) {
      throw new Error(`psi: found ${guest.found} of ${asked / 2}`)
    }
    const params = { method, ids, ...(asked === ids ? {} : { guest: asked }) }
    yield { params, value: Math.max(guest.seconds, host.seconds), unit: 's' }
    yield { params, value: guest.bytes + host.bytes, unit: 'bytes sent' }
    for (const [party, end] of Object.entries({ guest, host })) {
      yield { params: { ...params, party }, value: end.cpuSeconds, unit: 's of CPU' }
      yield { params: { ...params, party }, value: end.memoryPeak / MIB, unit: 'MiB at most' }
      yield {
        params: { ...params, party },
        value: end.memoryBefore / MIB,
        unit: 'MiB with its ids',
      }
    }
  } finally {
    for (const { child } of parties) if (child.connected) child.kill()
    await rm(folder, { recursive: true, force: true })
  }
}

const MIB = 2 ** 20

function startParty(start: PartyStart) {
  const child: ChildProcess = fork(fileURLToPath(new URL('./psi-party.ts', import.meta.url)), {
    execArgv: ['--import', 'tsx', ...process.execArgv],
  })
  const said: unknown[] = []
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`psi: a party ended with ${code}`)
  })
  failed.catch(() => undefined)
  child.on('message', (message) => said.push(message))
  child.send(start)
  return {
    child,
    /** The message that is, or has, this word. */
    async says(word: string): Promise<unknown> {
      for (;;) {
        const at = said.findIndex(
          (each) => each === word || (typeof each === 'object' && each !== null && word in each),
        )
        if (at >= 0) return said.splice(at, 1)[0]
        await Promise.race([once(child, 'message'), failed])
      }
    },
  }
}
