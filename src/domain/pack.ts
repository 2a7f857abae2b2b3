/**
 * Whether groups of equal tasks fit into rooms at once: found by trying every way of sharing them out, as far as a number
 * of steps allows. Pure.
 * @module
 */

/** Equal tasks. */
export interface Kind {
  readonly count: number
  /** What each takes, in the order of the rooms' sizes; each at least 0. */
  readonly size: readonly number[]
  /** Whether they may go to the room of that number. */
  may(room: number): boolean
}

/** `shares[kind][room]` are the counts, where everything fits; `unknown` where the steps did not do. */
export type Packing =
  | { readonly type: 'fits'; readonly shares: readonly (readonly number[])[] }
  | { readonly type: 'never' }
  | { readonly type: 'unknown' }

/** Enough for some ten roles on some ten runners of different sizes, in some ten milliseconds. */
const MOST_STEPS = 20_000
/** Kinds times rooms: each is a call within a call. */
const MOST_DEPTH = 2000
/** Sums of fractions of cores are not exact. */
const SLACK = 1e-9

/**
 * Shares kinds out to rooms. Each step gives one kind a number of places in one room, the most first; what failed before
 * with the same rest is not tried again.
 */
export function pack(
  kinds: readonly Kind[],
  rooms: readonly (readonly number[])[],
  mostSteps: number = MOST_STEPS,
): Packing {
  if (kinds.length * rooms.length > MOST_DEPTH) return { type: 'unknown' }
  const order = hardestFirst(kinds, rooms)
  const left = rooms.map((room) => [...room])
  const shares = kinds.map(() => rooms.map(() => 0))
  const failed = new Set<string>()
  let steps = 0

  function placesIn(kind: Kind, room: number): number {
    if (!kind.may(room)) return 0
    const each = kind.size.map((much, at) =>
      much <= 0 ? Infinity : Math.floor(((left[room]?.[at] ?? 0) + SLACK) / much),
    )
    return Math.min(kind.count, ...each)
  }

  /** Whether those from that one on could still find room if each were alone, or all of them by what they take. */
  function mayStill(from: number): boolean {
    for (const kind of order.slice(from)) {
      const places = rooms.reduce((sum, _room, at) => sum + placesIn(kinds[kind], at), 0)
      if (places < kinds[kind].count) return false
    }
    return (kinds[0]?.size ?? []).every((_much, at) => {
      const asked = order
        .slice(from)
        .reduce((sum, kind) => sum + kinds[kind].count * kinds[kind].size[at], 0)
      return asked <= left.reduce((sum, room) => sum + room[at], 0) + SLACK
    })
  }

  function share(at: number): boolean | undefined {
    if (at === order.length) return true
    if (!mayStill(at)) return false
    const key = `${at} ${left.join(' ')}`
    if (failed.has(key)) return false
    const found = fill({ at, room: 0, rest: kinds[order[at]].count })
    if (found === false) failed.add(key)
    return found
  }

  /** Gives the rest of a kind to rooms from that one on; undefined when the steps are used up. */
  function fill(now: { at: number; room: number; rest: number }): boolean | undefined {
    const { at, room, rest } = now
    if (rest === 0) return share(at + 1)
    if (room === rooms.length) return false
    const number = order[at]
    const kind = kinds[number]
    for (let count = Math.min(rest, placesIn(kind, room)); count >= 0; count -= 1) {
      steps += 1
      if (steps > mostSteps) return undefined
      take(room, kind, count)
      shares[number][room] = count
      const found = fill({ at, room: room + 1, rest: rest - count })
      if (found !== false) return found
      take(room, kind, -count)
      shares[number][room] = 0
    }
    return false
  }

  function take(room: number, { size }: Kind, count: number): void {
    for (const [at, much] of size.entries()) left[room][at] -= count * much
  }

  const found = share(0)
  if (found === undefined) return { type: 'unknown' }
  return found ? { type: 'fits', shares } : { type: 'never' }
}

/**
 * The first kind, of those that are hardest to place first, that finds no room beside the ones before it, and how many of
 * it do; undefined where all fit, or where the steps did not do.
 */
export function tooMuchOf(
  kinds: readonly Kind[],
  rooms: readonly (readonly number[])[],
): { readonly kind: number; readonly places: number } | undefined {
  if (pack(kinds, rooms).type !== 'never') return undefined
  const order = hardestFirst(kinds, rooms)
  for (const [at, kind] of order.entries()) {
    const before = order.slice(0, at).map((one) => kinds[one])
    const fits = (count: number) => pack([...before, { ...kinds[kind], count }], rooms).type
    if (fits(kinds[kind].count) !== 'never') continue
    let [least, most] = [0, kinds[kind].count - 1]
    while (least < most) {
      const middle = Math.ceil((least + most) / 2)
      if (fits(middle) === 'fits') least = middle
      else most = middle - 1
    }
    return { kind, places: least }
  }
  return undefined
}

/** Numbers of kinds: those with the fewest rooms first, then those of which one fills the most of the largest. */
function hardestFirst(kinds: readonly Kind[], rooms: readonly (readonly number[])[]): number[] {
  const largest = (rooms[0] ?? []).map((_much, at) => Math.max(...rooms.map((room) => room[at])))
  const hardness = kinds.map((kind) => ({
    rooms: rooms.filter((_room, at) => kind.may(at)).length,
    share: Math.max(...kind.size.map((much, at) => (much <= 0 ? 0 : much / largest[at]))),
  }))
  return kinds
    .map((_kind, number) => number)
    .toSorted(
      (a, b) => hardness[a].rooms - hardness[b].rooms || hardness[b].share - hardness[a].share,
    )
}
