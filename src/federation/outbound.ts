/**
 * What goes to one peer: messages in frames, a bounded number of them under way, each kept and sent again until the
 * peer confirms it.
 * @module
 */
import { ENVELOPE_BYTES, FRAME, Refusal } from './envelope.ts'
import { createPacker, type Outgoing } from './record.ts'
import type { Seal } from './seal.ts'

export interface OutboundOptions {
  readonly limits: {
    readonly windowBytes: number
    readonly inFlight: number
    readonly resendMs: readonly [number, number]
  }
  /** The line to the peer, once there is one. */
  readonly seal: () => Seal | undefined
  /** Hands an envelope to the network. */
  readonly transmit: (envelope: Uint8Array) => Promise<void>
  /** Asks the peer to say again what it has. */
  readonly ask: () => Promise<void>
  /** Runs what nobody waits for. */
  readonly background: (work: () => Promise<void>) => void
  /** Called when `ahead` or `arrived` may have changed. */
  readonly changed: () => void
}

export interface Outbound {
  /** Bytes that wait here or that the peer has no room for yet. */
  readonly ahead: number
  /** Whether the peer has everything. */
  readonly arrived: boolean
  push(message: Outgoing): void
  /** Says, behind all that waits, that nothing more follows. */
  end(): void
  /** Sends what may leave now. */
  pump(): void
  /** The peer has `received` frames and room for `admitted` of them. Throws a Refusal when it cannot be. */
  confirm(received: number, admitted: number): void
  /** Forgets everything. */
  stop(): void
}

/** Bytes of plaintext in a full frame: the rest is for names, counter and authentication. */
const FRAME_BYTES = ENVELOPE_BYTES - 4096
const UNCONFIRMED_FRAMES = 1024

interface Sent {
  readonly envelope: Uint8Array
  sending: boolean
}

/** Nothing under way. */
export function createOutbound(options: OutboundOptions): Outbound {
  const { limits, transmit, background, changed } = options
  const packer = createPacker()
  /** Frames that the peer has not confirmed. */
  const unconfirmed = new Map<number, Sent>()
  /** Sizes of the frames that the peer has no room for yet, from number `admitted` on. */
  const unadmitted: number[] = []
  let unadmittedBytes = 0
  let received = 0
  let admitted = 0
  let inFlight = 0
  let pumping = false
  let stopped = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let resendMs = limits.resendMs[0]

  function pump(): void {
    if (pumping) return
    pumping = true
    background(async () => {
      try {
        for (let seal = options.seal(); seal && mayLeave();) await sendNext(seal)
      } finally {
        pumping = false
      }
    })
  }

  function mayLeave(): boolean {
    return (
      !stopped &&
      !packer.empty &&
      inFlight < limits.inFlight &&
      unconfirmed.size < UNCONFIRMED_FRAMES &&
      unadmittedBytes < limits.windowBytes
    )
  }

  async function sendNext(seal: Seal): Promise<void> {
    const frame = packer.next(FRAME_BYTES)
    unadmitted.push(frame.length)
    unadmittedBytes += frame.length
    const { counter, envelope } = await seal.seal(FRAME.data, frame)
    if (stopped) return
    const sent = { envelope, sending: false }
    unconfirmed.set(counter, sent)
    dispatch(sent)
    changed()
  }

  function dispatch(sent: Sent): void {
    inFlight++
    sent.sending = true
    armResend()
    background(async () => {
      try {
        await transmit(sent.envelope)
      } finally {
        sent.sending = false
        inFlight--
      }
      pump()
    })
  }

  function armResend(): void {
    if (stopped || timer !== undefined) return
    timer = setTimeout(resend, resendMs)
  }

  function disarmResend(): void {
    clearTimeout(timer)
    timer = undefined
  }

  /** Nothing was confirmed for a while: sends the oldest frame again, or asks where the peer stands. */
  function resend(): void {
    timer = undefined
    const [oldest] = unconfirmed.values()
    if (!oldest && unadmittedBytes === 0) return
    if (!oldest) background(options.ask)
    else if (!oldest.sending) dispatch(oldest)
    resendMs = Math.min(resendMs * 2, limits.resendMs[1])
    armResend()
  }

  return {
    get ahead() {
      return packer.waiting + unadmittedBytes
    },
    get arrived() {
      return packer.empty && received === admitted + unadmitted.length
    },
    push(message) {
      packer.push(message)
      pump()
    },
    end() {
      packer.end()
      pump()
    },
    pump,
    confirm(nowReceived, nowAdmitted) {
      if (nowReceived > admitted + unadmitted.length || nowAdmitted > nowReceived) {
        throw new Refusal('malformed', 'The peer confirms frames that were never sent')
      }
      if (nowReceived > received || nowAdmitted > admitted) {
        resendMs = limits.resendMs[0]
        disarmResend()
      }
      for (; received < nowReceived; received++) unconfirmed.delete(received)
      for (; admitted < nowAdmitted; admitted++) unadmittedBytes -= unadmitted.shift() ?? 0
      if (unconfirmed.size > 0 || unadmittedBytes > 0) armResend()
      changed()
      pump()
    },
    stop() {
      stopped = true
      disarmResend()
      packer.clear()
      unconfirmed.clear()
    },
  }
}
