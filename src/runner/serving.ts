import type { Frame } from '../compute/ml/frame.ts'
import type { ServingCall } from '../domain/work.ts'
/**
 * A service's task: keeps a party's part of a model in memory and answers single rows, until it is stopped.
 *
 * The guest takes calls from the server, asks every host for its part, and puts both together. A host looks its features
 * up by the ids that the guest names; of what it computes only what its components would send anyway leaves it.
 * @module
 */
import { address, type Address, type Disclosure } from '../federation/channel.ts'
import { ledgered } from '../federation/ledger.ts'
import { parallelOf } from './context.ts'
import type { Job } from './job.ts'
import { serveCall } from './serving-guest.ts'
import { answerGuest } from './serving-host.ts'
import { hostsOf, openPart, runSteps, type ServingPart } from './serving-steps.ts'
import { openRows, type RowSource } from './serving-table.ts'
import { createTally, type Tally } from './serving-tally.ts'
import { encodeOnline, ONLINE_TAG, type OnlineMessage, type Talk } from './serving-wire.ts'

/** The name that the question of a call has in the ledger. */
const ASK: Disclosure = {
  kind: 'plain',
  from: ['guest'],
  to: ['host'],
  reveals: 'The ids that the guest asks about, and when; the host looks its features up by them.',
}

/** What both sides of a service work with. */
export interface Serving {
  readonly job: Job
  readonly self: Address
  readonly part: ServingPart
  readonly rows: RowSource
  readonly hosts: readonly Address[]
  /** Sends a message of a call. */
  say(to: Address, message: OnlineMessage): Promise<void>
  hear(from: Address): Promise<Uint8Array>
  /** Runs the party's components on rows in the course of a call. */
  run(frame: Frame, talk: Talk): Promise<Frame | undefined>
}

/** Serves until the task is stopped; rejects then, or with a sentence where it cannot begin. */
export async function runServing(job: Job): Promise<void> {
  const { task, line, settings } = job
  const { spec, role, party, position } = task
  if (spec.type !== 'serving' || role === null || party === null) {
    throw new Error('The task names no model, role and party')
  }
  const seat = { role, party, position }
  const given = { spec, components: job.components }
  const part = await openPart(settings.dataDir, seat, given)
  const rows = await openRows(settings.dataDir, seat, spec.table)
  const hosts = hostsOf(spec)
  if (hosts.length > 0) await line.ask({ ask: 'join', roles: ['guest', 'host'] })
  const self = address(role, party)
  const tally = createTally(line.report)
  const serving = { job, self, part, rows, hosts, ...wayOf(job, { part, tally }) }
  try {
    line.report({ type: 'progress', fraction: 1, note: 'Online' })
    if (role === 'guest') await serveGuest(serving)
    else await answerGuest(serving)
  } finally {
    tally.close()
  }
}

async function serveGuest(serving: Serving): Promise<never> {
  const { line } = serving.job
  const guest = serveCall(serving)
  for (let after = 0; ;) {
    const calls = (await line.ask({ ask: 'calls', after })) as ServingCall[]
    for (const call of calls) {
      after = Math.max(after, call.id)
      void guest.answer(call).then((answer) =>
        line.ask({ ask: 'answered', answer }).catch(() => {
          // The task is over: its caller hears of that from the server.
        }),
      )
    }
  }
}

function wayOf(
  { line, cores }: Job,
  { part, tally }: { part: ServingPart; tally: Tally },
): Pick<Serving, 'say' | 'hear' | 'run'> {
  const parallel = parallelOf(line, cores)
  return {
    async say(to, message) {
      const { ids } = message
      const bytes = encodeOnline(message)
      if (ids) {
        const size = ids.reduce((sum, id) => sum + id.length, 0)
        tally.add({ receiver: to, tag: 'ask', ...ASK, bytes: size })
      }
      await line.ask(
        { ask: 'send', to, tag: ONLINE_TAG, bytes },
        { moving: [bytes.buffer as ArrayBuffer] },
      )
    },
    hear: async (from) => (await line.ask({ ask: 'receive', from, tag: ONLINE_TAG })) as Uint8Array,
    run: (frame, talk) =>
      runSteps(part, frame, {
        signal: line.signal,
        parallel,
        channelOf: (node, messages) =>
          ledgered(talk.channelOf(node), {
            component: node,
            messages,
            record: ({ receiver, tag, kind, reveals, bytes }) =>
              tally.add({ receiver, tag: `${node}.${tag}`, kind, reveals, bytes }),
          }),
      }),
  }
}
