/**
 * Stores and executors that do what a test says.
 * @module
 */
import type {
  LeasedTask,
  Outcome,
  Report,
  RunnerSample,
  RunnerState,
} from '../../src/domain/work.ts'
import type { Executor, TaskRun } from '../../src/runner/executor.ts'
import type { RunnerLog } from '../../src/runner/log.ts'
import type { Store } from '../../src/runner/store.ts'

/** A log that keeps its lines. */
export interface TestLog extends RunnerLog {
  readonly lines: { readonly level: string; readonly message: string; readonly fields: object }[]
}

export function testLog(): TestLog {
  const lines: TestLog['lines'] = []
  const at = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, message, fields })
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** A store in memory that keeps what it was told, in order. */
export interface TestStore extends Store {
  /** Tasks that the next claims hand out. */
  readonly ready: LeasedTask[]
  /** Attempts that the next renewal calls lost. */
  readonly lost: Map<string, string>
  readonly said: string[]
  readonly reports: Report[]
  readonly settled: { readonly attemptId: string; readonly outcome: Outcome }[]
  /** While set, every call rejects with it. */
  away: Error | undefined
  readonly samples: RunnerSample[]
  /** What the next beats answer. */
  wanted: RunnerState
}

export function testStore(options: Partial<Store> = {}): TestStore {
  const store: TestStore = {
    ready: [],
    lost: new Map(),
    said: [],
    reports: [],
    settled: [],
    away: undefined,
    samples: [],
    wanted: 'active',
    async register() {
      check('register')
    },
    async beat(_id, state, sample) {
      check(`beat ${state}`)
      if (sample) store.samples.push(sample)
      return store.wanted
    },
    async claim(_id, slots) {
      check(`claim ${slots}`)
      return store.ready.splice(0, slots)
    },
    async renew(_id, attemptIds) {
      check(`renew ${attemptIds.length}`)
      return attemptIds.flatMap((attemptId) => {
        const reason = store.lost.get(attemptId)
        return reason === undefined ? [] : [{ attemptId, reason }]
      })
    },
    async report(_id, reports) {
      check(`report ${reports.length}`)
      store.reports.push(...reports)
    },
    async settle(_id, attemptId, outcome) {
      check(`settle ${outcome.state}`)
      store.settled.push({ attemptId, outcome })
      return true
    },
    peers: () => Promise.resolve([]),
    ended: () => Promise.resolve([]),
    post: () => Promise.resolve(),
    collect: () => Promise.resolve([]),
    openSpool: () => Promise.reject(new Error('no spool')),
    async dropSpool(id) {
      check(`drop ${id}`)
    },
    async close() {
      store.said.push('close')
    },
    ...options,
  }
  function check(what: string): void {
    if (store.away) throw store.away
    store.said.push(what)
  }
  return store
}

/** One run that the test ends when it likes. */
export interface HeldRun {
  readonly task: LeasedTask
  readonly run: TaskRun
  end(outcome: Outcome): void
  crash(error: Error): void
}

/** An executor whose runs last until the test ends them, or they are aborted. */
export interface TestExecutor extends Executor {
  readonly runs: HeldRun[]
  readonly finished: { readonly taskId: string; readonly outcome: Outcome }[]
}

export function testExecutor(): TestExecutor {
  const executor: TestExecutor = {
    runs: [],
    finished: [],
    run(task, run) {
      return new Promise((resolve, reject) => {
        executor.runs.push({ task, run, end: resolve, crash: reject })
        run.signal.addEventListener('abort', () =>
          resolve({ state: 'failed', reason: String(run.signal.reason) }),
        )
      })
    },
    async finish({ taskId }, outcome) {
      executor.finished.push({ taskId, outcome })
    },
  }
  return executor
}

/** A task as a store hands it out. */
export function leasedTask(id: string, options: Partial<LeasedTask> = {}): LeasedTask {
  return {
    taskId: id,
    attemptId: `attempt of ${id}`,
    attempt: 1,
    jobId: 'job',
    name: 'node',
    kind: 'component',
    role: 'guest',
    party: id,
    position: 0,
    spec: {
      type: 'component',
      module: 'Test',
      params: {},
      members: { guest: [id] },
      data: [],
      models: [],
      run: true,
    },
    allocation: null,
    handle: null,
    ...options,
  }
}
