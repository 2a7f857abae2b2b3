/**
 * The work of the chaos test: jobs of short and long tasks, alone and in groups.
 * @module
 */
import type { Db } from '../../src/db/type.ts'
import { type NewTask, submitJob } from '../../src/domain/job.ts'

/** What was submitted, and what has to come of it. */
export interface Submitted {
  readonly id: string
  readonly kind: JobKind
  readonly tasks: number
}

/** `full` goes to the data directory whose disk is full. */
export type JobKind = 'short' | 'long' | 'pair' | 'full'

const SHAPES: Record<JobKind, { chains: number; length: number; ms: [number, number] }> = {
  short: { chains: 4, length: 5, ms: [2, 80] },
  long: { chains: 2, length: 2, ms: [1200, 3000] },
  pair: { chains: 1, length: 3, ms: [50, 900] },
  full: { chains: 1, length: 2, ms: [20, 200] },
}

/** Submits one job of that kind. */
export async function submitChaos(db: Db, kind: JobKind, random: () => number): Promise<Submitted> {
  const { chains, length, ms } = SHAPES[kind]
  const nodes = Array.from({ length: chains * length }, (_, index) => {
    const at = index % length
    const chain = (index - at) / length
    return { name: `c${chain}n${at}`, before: at === 0 ? null : `c${chain}n${at - 1}` }
  })
  const seats = SEATS[kind]
  const members = Object.fromEntries(
    seats.flatMap(({ role, party }) => (role && party ? [[role, [party]]] : [])),
  )
  const tasks = nodes.flatMap(({ name }) =>
    seats.map((seat): NewTask => ({
      ...seat,
      name,
      kind: 'component',
      position: 0,
      maxAttempts: 10_000,
      spec: {
        type: 'component',
        module: 'Chaos',
        params: {
          ms: Math.round(ms[0] + random() * (ms[1] - ms[0])),
          bytes: kind === 'full' ? 60_000 : 0,
        },
        members,
        data: [],
        models: [],
        run: true,
      },
    })),
  )
  const { id } = await submitJob(db, {
    surface: 'weft',
    kind: 'train',
    name: kind,
    members,
    graph: nodes.map(({ name, before }) => ({
      name,
      module: 'Chaos',
      needs: before === null ? [] : [{ node: before, kind: 'data' as const }],
    })),
    tasks,
    request: {},
  })
  return { id, kind, tasks: tasks.length }
}

type Seat = Pick<NewTask, 'role' | 'party' | 'site'>
const ALONE: readonly Seat[] = [{ role: null, party: null }]
const SEATS: Record<JobKind, readonly Seat[]> = {
  short: ALONE,
  long: ALONE,
  pair: [
    { role: 'guest', party: 'north' },
    { role: 'host', party: 'south' },
  ],
  full: [{ role: 'local', party: 'full', site: 'site-full' }],
}
