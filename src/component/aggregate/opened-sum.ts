/**
 * Sums that were opened already, where parties may leave between two tries at a training.
 *
 * A round whose sum somebody has seen must not be added up again of fewer parties: the difference of the two would be what
 * those that left put in. So who adds up keeps each sum before it tells anybody; a try that begins again in that round is
 * told the kept sum, and where it is not known what was opened for whom the training ends with a sentence. A round that was
 * broken off before its sum was opened is safe to add up again: as all of a try are needed to open a sum, what has
 * arrived of it stays masked for ever.
 * @module
 */
import type { Address, Disclosure } from '../../federation/channel.ts'
import { floats } from '../../federation/codec.ts'
import type { Checkpoint, Quorum, Role, TaskContext } from '../define.ts'

/** What who adds up keeps with its state: whom its sums are of, and the one that is opened but not yet used. */
export interface OpenedSums {
  readonly of: readonly Address[]
  readonly sum?: Float64Array
}

/** The message of `agreeOnOpened`, to be declared by a component that has `server` add up what `contributors` send. */
export function openedMessage(roles: {
  contributors: readonly string[]
  server: string
}): Record<'opened_sum', Disclosure> {
  return {
    opened_sum: {
      kind: 'aggregate',
      from: [roles.server],
      to: roles.contributors,
      reveals:
        'Where a try goes on after parties have left: the mean that the round it begins with came to with all who were there, ' +
        'once it was added up; else nothing.',
    },
  }
}

/**
 * Who may be lost where `least` of the parties with rows have to stay: hosts, while more than half of all stay.
 * Undefined where all have to.
 */
export function hostQuorum(
  least: number | null,
  members: TaskContext['members'],
): Quorum | undefined {
  if (least === null) return undefined
  const of: readonly Role[] = ['guest', 'host']
  const all = of.reduce((sum, role) => sum + (members[role] ?? []).length, 0)
  const half = Math.floor(all / 2) + 1
  return { leaves: ['host'], of, least: Math.max(2, half, least) }
}

/** Who takes part in a try. */
interface Parties {
  readonly server: Address
  readonly contributors: readonly Address[]
}

/**
 * The sum that the round to go on with came to already, if any: `server` tells the others. All call it after
 * `agreeOnStep`, with what that found. Throws where it is not known of a round that others took part in.
 */
export async function agreeOnOpened(
  context: Pick<TaskContext, 'channel' | 'checkpoints'>,
  saved: Checkpoint | undefined,
  { server, contributors }: Parties,
): Promise<Float64Array | undefined> {
  const { channel, checkpoints } = context
  const [latest] = await checkpoints.load()
  let sum = saved && openedOf(saved)?.sum
  if (channel.self !== server) {
    const told = floats.decode(await channel.receive(server, 'opened_sum'))
    sum = told.length === 0 ? undefined : told
  }
  // With the sum of the next round known, one step more is just that round.
  const known = (saved?.step ?? 0) + (sum ? 1 : 0)
  const before = latest && openedOf(latest)?.of
  if (before && latest.step > known && !same(before, contributors))
    throw cannotGoOn(before, contributors)
  if (channel.self !== server) return sum
  const bytes = floats.encode(sum ?? new Float64Array(0))
  for (const party of contributors) await channel.send(party, 'opened_sum', bytes)
  return sum
}

function cannotGoOn(before: readonly Address[], now: readonly Address[]): Error {
  const gone = before.filter((party) => !now.includes(party))
  const who = gone.length > 0 ? `without ${gone.join(' and ')}` : 'with other parties than before'
  return new Error(
    `The training cannot go on ${who}: not all have the state of its last round, and to add up a round again ` +
      'of other parties would show what single ones put in. Submit the job anew',
  )
}

function openedOf({ state }: Checkpoint): OpenedSums | undefined {
  return (state as { readonly opened?: OpenedSums }).opened
}

function same(some: readonly Address[], others: readonly Address[]): boolean {
  return some.length === others.length && some.every((party) => others.includes(party))
}
