import { PrivateFault } from '../component/private-fault.ts'
/**
 * A host of a service: computes its part for the ids that the guest names.
 * @module
 */
import { address, type Address } from '../federation/channel.ts'
import { decodeOnline, openTalk, type Piece, type Talk, toRefused } from './serving-wire.ts'
import type { Serving } from './serving.ts'

/** Calls of a guest that may be under way at once; a guest that begins more is not one that keeps to the rules. */
const MOST_CALLS = 10_000

/** Answers the guest for as long as there is one. */
export async function answerGuest(serving: Serving): Promise<never> {
  const { part } = serving
  const [party] = part.members['guest'] ?? []
  const guest = address('guest', party)
  const open = new Map<number, Talk>()
  for (;;) {
    const message = decodeOnline(await serving.hear(guest))
    const { call, ids, over, refused, pieces } = message
    const talk = open.get(call)
    if (ids && !talk) {
      if (open.size >= MOST_CALLS) throw new Error(`${guest} begins ever more calls and ends none`)
      const began = openCall(serving, guest, call)
      open.set(call, began)
      began.accept(guest, pieces)
      void answer(serving, { guest, call, ids, talk: began }).finally(() => open.delete(call))
    } else if (talk) {
      talk.accept(guest, pieces)
      if (over || refused) talk.fail(new Error('The guest has given the call up'))
    }
  }
}

function openCall(serving: Serving, guest: Address, call: number): Talk {
  return openTalk(serving.self, async (to, pieces: readonly Piece[]) => {
    if (to !== guest)
      throw new RangeError(`A host of a service speaks to its guest only, not to ${to}`)
    await serving.say(guest, { call, pieces })
  })
}

async function answer(
  serving: Serving,
  { guest, call, ids, talk }: { guest: Address; call: number; ids: readonly string[]; talk: Talk },
): Promise<void> {
  try {
    await serving.run(await serving.rows.take(ids), talk)
    await talk.flush()
  } catch (error) {
    const refused = toRefused(error)
    // What names the host's columns or values is not for the guest.
    const message = error instanceof PrivateFault ? error.publicly : refused.message
    await serving
      .say(guest, {
        call,
        pieces: [],
        refused: { ...refused, message: `${nameOf(serving)}: ${message}` },
      })
      .catch(() => {
        // Nobody is there to hear it.
      })
  }
}

function nameOf({ part }: Serving): string {
  return `${part.role} ${part.party}`
}
