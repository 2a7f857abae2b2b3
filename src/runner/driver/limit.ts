/**
 * How long calls of code that runs elsewhere may take: whoever hangs is ended, not waited for.
 * @module
 */
import type { UnitOption } from '../../flow/stream/unit.ts'

/** The setting that says it, for every unit whose code is elsewhere. */
export const CALL_LIMIT: UnitOption = {
  name: 'call_time_out_ms',
  type: 'int',
  description: 'Longest time of one call; then the code is ended and started again. 0: no limit',
  default: '60000',
}

/** How long code may take to open where nobody says: models are loaded there. */
const OPEN_MS = 600_000

interface Running {
  readonly began: number
  /** How many were before it. */
  readonly ahead: number
  behind: boolean
}

/** A call under way. */
export interface TimedCall {
  /** It was waiting when one before it took too long. */
  readonly behind: boolean
  end(): void
}

export interface CallLimit {
  begin(): TimedCall
}

const NO_LIMIT: TimedCall = { behind: false, end: () => undefined }

/**
 * Watches calls that are answered one after another, so that each has its time from the end of the one before. Calls
 * `late` with a sentence once for whoever hangs, and forgets what was under way.
 */
export function createCallLimit(ms: number, late: (reason: string) => void): CallLimit {
  const running = new Set<Running>()
  let answered = 0
  let timer: NodeJS.Timeout | undefined

  function due(): number {
    const [oldest] = running
    const own = Math.max(oldest.began, answered) + ms
    // Where several are worked on at once, others that end do not hide one that hangs.
    return Math.min(own, oldest.began + ms * (oldest.ahead + 1))
  }

  function look(): void {
    timer = undefined
    if (running.size === 0) return
    const left = due() - performance.now()
    if (left > 0) {
      timer = setTimeout(look, Math.ceil(left))
      return
    }
    const [, ...others] = running
    for (const call of others) call.behind = true
    running.clear()
    late(`a call took longer than ${CALL_LIMIT.name} (${ms} ms)`)
  }

  return {
    begin() {
      if (ms <= 0) return NO_LIMIT
      const call: Running = { began: performance.now(), ahead: running.size, behind: false }
      running.add(call)
      timer ??= setTimeout(look, ms)
      return {
        get behind() {
          return call.behind
        },
        end() {
          if (!running.delete(call)) return
          answered = performance.now()
          if (running.size > 0) return
          clearTimeout(timer)
          timer = undefined
        },
      }
    },
  }
}

/** Waits for what opens code elsewhere; calls `late` with a sentence where that takes longer than `openMs`. */
export async function withinOpening<T>(
  work: Promise<T>,
  { openMs = OPEN_MS, late }: { readonly openMs?: number | undefined; late(reason: string): void },
): Promise<T> {
  const limit = createCallLimit(openMs, () => late(`it did not open in ${openMs / 1000} s`))
  const call = limit.begin()
  try {
    return await work
  } finally {
    call.end()
  }
}
