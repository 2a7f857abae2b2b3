/**
 * Sessions that code elsewhere opens: a unit without in-ports, whose code tells by messages what it sends into them.
 * @module
 */
import type { SessionInput, UnitHost } from '../../flow/stream/unit.ts'
import type { SentBuffer } from './remote.ts'

/** What is sent into a session; the code numbers its sessions itself, from its first message on. */
export interface SourceMessage {
  readonly source: number
  readonly external: readonly SentBuffer[]
  /** The session's configuration; only what the first message says counts. */
  readonly config?: Readonly<Record<string, string>>
  /** Nothing more comes. */
  readonly over?: boolean
}

export interface Sources {
  take(message: SourceMessage): void
  /** Whether the code has threads of its own, which may open sessions later: so long the flow goes on. */
  stay(isBusy: boolean): void
  /** The number that the code gave the session. */
  numberOf(session: string): number | undefined
  /** The code is gone: what it had not closed ends with this reason. */
  lose(reason: string): void
}

/** Opens them at `host`; `room` hears that a session takes more again after each message. */
export function createSources(host: UnitHost, room: (source: number) => void): Sources {
  const inputs = new Map<number, SessionInput>()
  const numbers = new Map<string, number>()
  let leave: (() => void) | undefined

  function open({ source, config = {} }: SourceMessage): SessionInput {
    const input = host.openSession({ config, onEnd: () => numbers.delete(input.session.id) })
    inputs.set(source, input)
    numbers.set(input.session.id, source)
    return input
  }

  function stay(isBusy: boolean): void {
    if (isBusy) leave ??= host.listen()
    else {
      leave?.()
      leave = undefined
    }
  }

  return {
    stay,
    take(message) {
      const { source, external, over = false } = message
      const input = inputs.get(source) ?? open(message)
      if (external.length > 0) input.send(external)
      if (over) {
        inputs.delete(source)
        input.close()
      } else void input.room().then(() => room(source))
    },
    numberOf: (session) => numbers.get(session),
    lose(reason) {
      if (host.signal.aborted) return
      const error = { code: 'Unit.Lost', message: reason, node: host.node }
      // That a source broke off is to be seen even where it had no session.
      if (leave && inputs.size === 0) host.openSession().fail(error)
      for (const input of inputs.values()) input.fail(error)
      inputs.clear()
      stay(false)
    },
  }
}
