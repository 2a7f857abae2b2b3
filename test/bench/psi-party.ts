/**
 * One party of a set intersection in a process of its own, for `psi-pair.ts`.
 * @module
 */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { delimiter } from 'node:path'

import type { TaskContext } from '../../src/component/define.ts'
import { IntersectParam } from '../../src/component/psi/intersect-param.ts'
import { intersection } from '../../src/component/psi/intersection.ts'
import { protocolOf } from '../../src/component/psi/protocols.ts'
import { randomBytes } from '../../src/compute/crypto/random.ts'
import type { Frame } from '../../src/compute/ml/frame.ts'
import { inline } from '../../src/compute/parallel.ts'
import type { Address } from '../../src/federation/channel.ts'
import { useAccelerator } from '../../src/runner/accelerator.ts'
import { diskScratch } from '../../src/runner/data/scratch-store.ts'
import { createLink } from './psi-link.ts'

/** What a party is started with. */
export interface PartyStart {
  readonly role: 'guest' | 'host'
  readonly params: Readonly<Record<string, unknown>>
  /** Through the component, with its checks and its output table, or the method alone. */
  readonly whole: boolean
  readonly ids: number
  /** How many the guest has. */
  readonly asked: number
  /** Number of the first id. */
  readonly from: number
  readonly folder: string
}

/** What it reports in the end. */
export interface PartyEnd {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly bytes: number
  /** Resident memory with the ids and before the work, and the most there was. */
  readonly memoryBefore: number
  readonly memoryPeak: number
  /** Common ids; the guest knows. */
  readonly found: number
}

async function run(start: PartyStart): Promise<PartyEnd> {
  const { role, ids: count, asked, from, folder } = start
  const ids = Array.from({ length: count }, (_, i) => `customer-${from + i}`)
  const self: Address = role === 'guest' ? 'guest:9999' : 'host:10000'
  const peer: Address = role === 'guest' ? 'host:10000' : 'guest:9999'
  useAccelerator((process.env.WEFT_NATIVES ?? '').split(delimiter).filter(Boolean))
  const socket = await meet(role)
  const { channel, sent } = createLink(socket, self)
  const { signal } = new AbortController()
  const key = { jobId: 'bench', role, party: self, node: 'intersection' }
  const scratch = diskScratch(folder, key)
  let found = 0
  // The parts of a task's context that set intersections use.
  const context = {
    name: 'bench',
    role,
    members: { guest: ['9999'], host: ['10000'] },
    params: IntersectParam.parse(start.params),
    signal,
    channel,
    scratch,
    parallel: inline,
    random: randomBytes,
    tables: () =>
      Promise.resolve([
        { source: 'args.data', frame: { kind: 'data', idName: 'id', ids, columns: [] } },
      ]),
    async writeTable(frame: Frame) {
      found = frame.ids.length
    },
    async writeModel() {},
    metric() {},
    progress() {},
    log() {},
    warn(text: string) {
      process.stderr.write(`${text}\n`)
    },
  } as unknown as TaskContext<IntersectParam>
  const place = { channel, peer, signal, scratch, rows: asked, done: () => undefined }
  const { intersect_method: method } = context.params

  process.send?.('ready')
  await once(process, 'message')
  const memoryBefore = process.memoryUsage.rss()
  const before = performance.now()
  const cpu = process.cpuUsage()
  if (start.whole) await intersection.run(context)
  else if (role === 'host') await protocolOf(method).answer(context, ids, place)
  else {
    const places = await protocolOf(method).ask(context, ids, place)
    for (const at of places) if (at >= 0) found++
  }
  const { user, system } = process.cpuUsage(cpu)
  const seconds = (performance.now() - before) / 1000
  socket.end()
  return {
    seconds,
    cpuSeconds: (user + system) / 1e6,
    bytes: sent(),
    memoryBefore,
    memoryPeak: 1024 * process.resourceUsage().maxRSS,
    found,
  }
}

/** A connection to the other party over the loopback: the host listens and says where. */
async function meet(role: PartyStart['role']): Promise<Socket> {
  if (role === 'guest') {
    process.send?.('port?')
    const [port] = (await once(process, 'message')) as [number]
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return socket
  }
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('psi: no port to listen on')
  const connection = once(server, 'connection')
  process.send?.({ port: address.port })
  const [socket] = (await connection) as [Socket]
  server.close()
  return socket
}

const [start] = (await once(process, 'message')) as [PartyStart]
process.send?.({ end: await run(start) })
process.disconnect()
