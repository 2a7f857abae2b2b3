/**
 * The guest of a service: answers calls with its own part and what hosts send, one bad row without harm to the others.
 * @module
 */
import type { Frame } from '../compute/ml/frame.ts'
import type { ServingAnswer, ServingCall, ServingResult, ServingRow } from '../domain/work.ts'
import type { Address } from '../federation/channel.ts'
import { CallRefused, decodeOnline, openTalk, type Talk, toRefused } from './serving-wire.ts'
import type { Serving } from './serving.ts'

/** A call that is under way. */
interface Open {
  readonly talk: Talk
  /** Hosts of which nothing has come yet. */
  readonly silent: Set<Address>
}

/** Answers calls, and listens to the hosts meanwhile. */
export function serveCall(serving: Serving): {
  answer(call: ServingCall): Promise<ServingAnswer>
} {
  const open = new Map<number, Open>()
  const gone = new Map<Address, Error>()
  let last = 0

  async function listen(host: Address): Promise<void> {
    try {
      for (;;) {
        const { call, pieces, refused } = decodeOnline(await serving.hear(host))
        const found = open.get(call)
        found?.silent.delete(host)
        found?.talk.accept(host, pieces)
        if (refused) found?.talk.fail(new CallRefused(refused))
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const why = new CallRefused({
        code: 'unavailable',
        message: `${host.replace(':', ' ')} is not connected (${reason}): it is waited for, ask again`,
      })
      gone.set(host, why)
      for (const { talk } of open.values()) talk.fail(why, host)
    }
  }

  /** One prediction of all the rows. Rejects for all of them where it fails for one. */
  async function predict(rows: readonly ServingRow[], ms: number): Promise<Frame> {
    const frame = await serving.rows.merge(rows)
    const call = ++last
    const silent = new Set(serving.hosts)
    const talk = openTalk(serving.self, (to, pieces) => serving.say(to, { call, pieces }))
    open.set(call, { talk, silent })
    for (const [host, why] of gone) talk.fail(why, host)
    const timer = setTimeout(() => talk.fail(tooLate(silent, ms)), ms)
    let done = false
    try {
      const ids = rows.map(({ id }) => id)
      for (const host of serving.hosts) {
        const why = gone.get(host)
        if (why) throw why
        // What cannot be sent is heard of by whoever waits for the answer.
        serving.say(host, { call, ids, pieces: [] }).catch((error: Error) => talk.fail(error, host))
      }
      const made = await serving.run(frame, talk)
      if (!made) throw new Error('The model makes no table for a guest')
      await talk.flush()
      done = true
      return made
    } finally {
      clearTimeout(timer)
      open.delete(call)
      if (!done) {
        for (const host of serving.hosts) {
          serving.say(host, { call, pieces: [], over: true }).catch(() => {
            // It is gone, and the call with it.
          })
        }
      }
    }
  }

  /** Where all together fail, halves tell which of them does. */
  async function results(rows: readonly ServingRow[], until: number): Promise<ServingResult[]> {
    try {
      const left = until - performance.now()
      if (left <= 0) throw tooLate(serving.hosts, 0)
      return toResults(rows, await predict(rows, left))
    } catch (error) {
      const refused = toRefused(error)
      if (rows.length === 1 || refused.code === 'unavailable') {
        return rows.map(({ id }) => ({ id, error: refused }))
      }
      const half = Math.ceil(rows.length / 2)
      const both = [rows.slice(0, half), rows.slice(half)]
      return (await Promise.all(both.map((some) => results(some, until)))).flat()
    }
  }

  for (const host of serving.hosts) void listen(host)
  return {
    async answer({ id, rows, ms }) {
      const until = performance.now() + ms
      const groups = apart(rows)
      const parts = await Promise.all(
        groups.map((places) =>
          results(
            places.map((place) => rows[place]),
            until,
          ),
        ),
      )
      const all: ServingResult[] = []
      groups.forEach((places, group) => {
        places.forEach((place, at) => (all[place] = parts[group][at]))
      })
      return { id, results: all }
    },
  }
}

/** Places of rows that can go together: those with the same features, and no id twice. */
function apart(rows: readonly ServingRow[]): number[][] {
  const seen = new Map<string, number>()
  const groups = Map.groupBy(rows.keys(), (place) => {
    const { id, features } = rows[place]
    const time = seen.get(id) ?? 0
    seen.set(id, time + 1)
    return JSON.stringify([time, features && Object.keys(features)])
  })
  return [...groups.values()]
}

function toResults(rows: readonly ServingRow[], frame: Frame): ServingResult[] {
  const places = new Map(frame.ids.map((id, place) => [id, place]))
  const shown = frame.columns.filter(({ name }) => !HIDDEN.has(name) && name !== frame.labelName)
  return rows.map(({ id }) => {
    const place = places.get(id)
    if (place === undefined) {
      return { id, error: { code: 'invalid', message: `The model leaves the row "${id}" out` } }
    }
    const values = shown.map(({ name, values: all }) => [name, all[place]] as const)
    return { id, values: Object.fromEntries(values) }
  })
}

/** What of a prediction says nothing to somebody who asks for it. */
const HIDDEN: ReadonlySet<string> = new Set(['label', 'type'])

function tooLate(silent: Iterable<Address>, ms: number): CallRefused {
  const who = [...silent].map((host) => host.replace(':', ' ')).join(' and ')
  return new CallRefused({
    code: 'unavailable',
    message:
      who === ''
        ? `There was no answer within ${Math.round(ms)} ms: give it more time with timeoutMs`
        : `${who} did not answer within ${Math.round(ms)} ms: its runner may be gone; ask again, or give it more time with timeoutMs`,
  })
}
