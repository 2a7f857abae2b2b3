/**
 * The runner's loop: claim, run, settle; renew and beat beside it; drain at the end.
 *
 * A task runs at least once and settles exactly once: results are written under the lease, and a task whose lease
 * is lost stops without a word.
 * @module
 */
import { LEASE_MS } from '../domain/lease.ts'
import type {
  LeasedTask,
  Outcome,
  Report,
  RunnerProfile,
  RunnerSample,
  RunnerState,
} from '../domain/work.ts'
import { address, type Address } from '../federation/channel.ts'
import { type Clock, systemClock } from './clock.ts'
import type { Executor, ReportBody } from './executor.ts'
import type { RunnerLog } from './log.ts'
import { createReporter } from './reporter.ts'
import { backoff, createHealth, persist } from './retry.ts'
import { createSettlement } from './settlement.ts'
import type { Store } from './store.ts'

const IDLE_MS = 2000
const BEAT_MS = 5000
/** So many claims in a row that found nothing, each after a change of the database, and the next ones come in turns. */
const FRUITLESS = 8
const BUSY_MS = 25
/** How long the last words of a draining runner are tried on a store that does not answer. */
const FAREWELL_MS = 5000

export interface RunnerOptions {
  readonly store: Store
  readonly profile: RunnerProfile
  /** Most tasks at once; a larger group runs alone. */
  readonly slots: number
  readonly executor: Executor
  readonly log: RunnerLog
  readonly leaseMs?: number
  readonly pollMs?: number
  readonly clock?: Clock
  /** How busy the host is, told with every sign of life. */
  sample?(tasks: number): RunnerSample
}

export interface Runner {
  /** Registers and begins to work; waits for a store that does not answer, throws when it refuses. */
  start(): Promise<void>
  /** Takes no more work, waits up to `graceMs` for what runs, hands the rest back. */
  drain(graceMs: number): Promise<void>
  /** Resolves when the runner has stopped. */
  readonly done: Promise<void>
}

/** A runner that is not started yet. */
export function createRunner(options: RunnerOptions): Runner {
  const { store, profile, slots, executor, log } = options
  const { leaseMs = LEASE_MS, pollMs = 500, clock = systemClock } = options
  const health = createHealth(log)
  const running = new Map<string, Running>()
  const stopped = Promise.withResolvers<void>()
  const draining = new AbortController()
  const givingUp = new AbortController()
  const over = new AbortController()
  const retry = { clock, health, signal: givingUp.signal }
  const reporter = createReporter({
    send: (reports) => store.report(profile.id, reports),
    log,
    ...retry,
  })
  const settle = createSettlement({ store, runnerId: profile.id, reporter, retry, log })
  const goodbye = `Runner "${profile.name}" shuts down`
  let wake = new AbortController()
  /** Claims in a row that found nothing, soon after one another. */
  let fruitless = 0
  let working: Promise<unknown> = Promise.resolve()
  let drained: Promise<void> | undefined
  /** What the server wanted last. */
  let wanted: RunnerState = 'active'

  async function claim(): Promise<void> {
    let idleMs = pollMs
    let failures = 0
    while (!draining.signal.aborted) {
      wake = new AbortController()
      const awake = AbortSignal.any([wake.signal, draining.signal])
      try {
        const free = slots - running.size
        const tasks = free > 0 ? await store.claim(profile.id, free, awake) : []
        health.good()
        failures = 0
        if (draining.signal.aborted) {
          // Taken in the moment in which the drain began.
          const late = tasks.length > 0 ? tasks : await store.claim(profile.id, 0)
          for (const task of late) await settle(task, { state: 'released', reason: goodbye })
          return
        }
        begin(tasks)
        fruitless = tasks.length > 0 ? 0 : fruitless + 1
        idleMs = running.size > 0 ? pollMs : Math.min(idleMs * 1.5, IDLE_MS)
        await nap(idleMs, awake, free > tasks.length)
      } catch (error) {
        health.bad(error)
        await clock.sleep(Math.max(pollMs, backoff(++failures)), draining.signal)
      }
    }
  }

  /** Until that time has passed, a task has ended, or there may be new work for a free slot. */
  async function nap(ms: number, awake: AbortSignal, listen: boolean): Promise<void> {
    if (!listen || !store.changed) return clock.sleep(ms, awake)
    // A database that is busy with other things, as online calls, must not keep this loop busy too.
    if (fruitless > FRUITLESS) await clock.sleep(BUSY_MS, awake)
    const began = performance.now()
    const over = new AbortController()
    const signal = AbortSignal.any([awake, over.signal])
    try {
      await Promise.race([clock.sleep(ms, signal), store.changed(signal)])
    } finally {
      over.abort('it is over')
      if (performance.now() - began > 2 * BUSY_MS) fruitless = 0
    }
  }

  function begin(tasks: readonly LeasedTask[]): void {
    for (const group of Map.groupBy(tasks, (task) => `${task.jobId}/${task.name}`).values()) {
      const local = group.flatMap(({ role, party }) =>
        role !== null && party !== null ? [address(role, party)] : [],
      )
      for (const task of group) {
        const entry: Running = {
          task,
          controller: new AbortController(),
          stop: undefined,
          done: NEVER_BEGUN,
        }
        entry.done = work(entry, local, stale(task)).finally(() => {
          running.delete(task.attemptId)
          // A reason of our own: the default one is an error with a stack, made for every task.
          wake.abort('a task has ended')
        })
        running.set(task.attemptId, entry)
      }
    }
  }

  /** Stops earlier attempts at a task, which the server has taken back without a word so far. */
  async function stale({ taskId }: LeasedTask): Promise<void> {
    const earlier = [...running.values()].filter(({ task }) => task.taskId === taskId)
    for (const { task } of earlier) halt(task.attemptId, 'lost', 'Another attempt has begun')
    await Promise.all(earlier.map(({ done }) => done))
  }

  async function work(
    entry: Running,
    local: readonly Address[],
    quiet: Promise<void>,
  ): Promise<void> {
    const { task } = entry
    // Two attempts at once would write over each other's files.
    await quiet
    const outcome = await execute(entry, local)
    const settled = entry.stop !== 'lost' && (await settle(task, outcome))
    try {
      await executor.finish(task, outcome, settled)
    } catch (error) {
      log.error({ taskId: task.taskId, error }, 'The end of a task could not be told to its peers')
    }
  }

  async function execute(entry: Running, local: readonly Address[]): Promise<Outcome> {
    const { task, controller } = entry
    log.info({ taskId: task.taskId, attempt: task.attempt }, 'A task starts')
    let outcome: Outcome
    try {
      outcome = await executor.run(task, {
        signal: controller.signal,
        local,
        report: (body) => reporter.add(stamp(task, body, clock.now())),
        room: () => reporter.room(),
      })
    } catch (error) {
      log.error({ taskId: task.taskId, error }, 'The runner failed to run a task')
      outcome = { state: 'failed', reason: `The runner could not run it: ${messageOf(error)}` }
    }
    if (entry.stop === undefined || outcome.state === 'succeeded') return outcome
    return { state: 'released', reason: String(controller.signal.reason) }
  }

  async function beat(): Promise<void> {
    let waitMs = Math.min(leaseMs / 3, BEAT_MS)
    while (!over.signal.aborted) {
      await clock.sleep(waitMs, over.signal)
      if (over.signal.aborted) return
      try {
        const lost = await store.renew(profile.id, [...running.keys()])
        for (const { attemptId, reason } of lost) halt(attemptId, 'lost', reason)
        const own = draining.signal.aborted ? 'draining' : 'active'
        obey(await store.beat(profile.id, own, options.sample?.(running.size)))
        health.good()
        waitMs = Math.min(leaseMs / 3, BEAT_MS)
      } catch (error) {
        health.bad(error)
        waitMs = Math.min(leaseMs / 10, 1000)
      }
    }
  }

  /** Does what the server wants. That a drained runner is given nothing more is the server's own doing. */
  function obey(state: RunnerState): void {
    if (draining.signal.aborted || state === wanted) return
    wanted = state
    if (state === 'gone') {
      log.warn({}, 'The runner was removed from the server and ends: start it to enter it anew')
      drained ??= end(0)
    } else if (state === 'draining') {
      log.info(
        { running: running.size },
        'The operator drains the runner: it is given no more work',
      )
    } else log.info({}, 'The operator lets the runner take work again')
  }

  function halt(attemptId: string, why: 'lost' | 'released', reason: string): void {
    const entry = running.get(attemptId)
    if (!entry || entry.stop === 'lost') return
    const { taskId } = entry.task
    log.info({ taskId, reason }, why === 'lost' ? 'A lease was lost' : 'A task is handed back')
    entry.stop = why
    entry.controller.abort(reason)
  }

  async function end(graceMs: number): Promise<void> {
    draining.abort()
    log.info({ running: running.size, graceMs }, 'The runner drains')
    // Services and flows never end by themselves, and another runner of the party may have it.
    for (const [id, { task }] of running)
      if (task.kind === 'serving' || task.kind === 'flow') halt(id, 'released', goodbye)
    const quiet = new AbortController()
    const finished = working.then(() => Promise.all([...running.values()].map(({ done }) => done)))
    await Promise.race([finished.finally(() => quiet.abort()), clock.sleep(graceMs, quiet.signal)])
    for (const id of running.keys()) halt(id, 'released', goodbye)
    const farewell = clock.sleep(FAREWELL_MS, over.signal).then(() => givingUp.abort())
    await Promise.race([finished, farewell])
    await Promise.race([reporter.flush(), farewell])
    over.abort()
    await farewell
    try {
      await store.beat(profile.id, 'gone')
    } catch (error) {
      log.warn({ error }, 'The store did not hear that the runner is gone')
    }
    await store.close()
    stopped.resolve()
  }

  return {
    async start() {
      try {
        const signal = AbortSignal.any([draining.signal, givingUp.signal])
        await persist(() => store.register(profile), { clock, health, signal })
      } catch (error) {
        if (!draining.signal.aborted) throw error
        return
      }
      log.info({ runner: profile.name, parties: profile.parties, slots }, 'The runner is ready')
      working = claim()
      void beat()
    },
    drain(graceMs) {
      drained ??= end(graceMs)
      return drained
    },
    done: stopped.promise,
  }
}

const NEVER_BEGUN = Promise.resolve()

interface Running {
  readonly task: LeasedTask
  readonly controller: AbortController
  /** Why it was told to stop. */
  stop: 'lost' | 'released' | undefined
  done: Promise<void>
}

function stamp(task: LeasedTask, body: ReportBody, at: number): Report {
  return { ...body, taskId: task.taskId, attemptId: task.attemptId, at } as Report
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
