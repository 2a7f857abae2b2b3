/**
 * The ways to a Slurm controller as one, with memory of whether it answers.
 * @module
 */
import { type SlurmPort, SlurmUnreachable } from './slurm-port.ts'

/** How the Slurm engine is set up. */
export interface SlurmOptions {
  /** Ways to the controller, the preferred first; the next is tried when one does not answer. */
  readonly ports: readonly SlurmPort[]
  /** A folder that runner and nodes share at the same path; each job gets a folder in it. */
  readonly folder: string
  readonly env?: Readonly<Record<string, string | undefined>>
  /** How often a job is asked for; 1000 ms. */
  readonly pollMs?: number
  /** The longest pause while the controller is away; 30 s. */
  readonly maxPauseMs?: number
  /** How long `start` goes on trying to submit; 5 minutes. */
  readonly submitMs?: number
  /** Told when the controller is lost and when it is back. */
  readonly onReachable?: (reachable: boolean, message: string) => void
}

/** The ways to the controller as one. */
export interface Link {
  /** Asks through the first way that answers; throws when none does. */
  once<T>(ask: (port: SlurmPort) => Promise<T>): Promise<T>
}

/** Tries the ways in order; tells when none answers, and when one does again. */
export function createLink({ ports, onReachable }: SlurmOptions): Link {
  let reachable = true
  const tell = (now: boolean, message: string): void => {
    if (now !== reachable) onReachable?.(now, message)
    reachable = now
  }
  return {
    async once(ask) {
      const troubles: string[] = []
      for (const port of ports) {
        try {
          const answer = await ask(port)
          tell(true, `Slurm answers through ${port.name}.`)
          return answer
        } catch (error) {
          if (!(error instanceof SlurmUnreachable)) throw error
          troubles.push(error.message)
        }
      }
      const message = troubles.join(' ') || 'No way to a Slurm controller is set up.'
      tell(false, message)
      throw new SlurmUnreachable(message)
    },
  }
}

/** How long to wait after so many failures in a row, in milliseconds. */
export function pauseAfter(
  failures: number,
  { maxPauseMs = 30_000, pollMs = 1000 }: SlurmOptions,
): number {
  const pause = Math.min(maxPauseMs, pollMs * 2 ** Math.min(failures, 20))
  return pause * (0.75 + Math.random() / 2)
}
