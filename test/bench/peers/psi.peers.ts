/**
 * Set intersection beside SecretFlow's: both parties on this machine, one program after the other. Both are
 * timed in two processes; ours from ids in memory, SecretFlow's with reading and writing of its files, all it can do.
 * @module
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import type { AbsentPeer, PeerFigure } from '../../../src/cli/bench-peers.ts'
import { benchPair } from '../psi-pair.ts'
import { pythonPeers, whyAbsent } from './install.ts'

export const peers = { name: 'psi', run }

/** The package that carries SecretFlow's set intersection. */
const PACKAGES = ['spu==0.9.5']
const WHO = 'secretflow (spu 0.9.5)'
const SCRIPT = fileURLToPath(new URL('psi.py', import.meta.url))
const LIMIT_MS = 10 * 60_000
/** Their protocol, and ours that it is compared with: the fastest of each, and the same curve. */
const PAIRS = [
  ['kkrt', 'kkrt'],
  ['rr22', 'kkrt'],
  ['ecdh', 'ecdh'],
] as const

interface Figures {
  readonly seconds: number
  readonly cpu: number
}

/** `WEFT_BENCH_IDS` ids a side, or 100,000. */
async function* run(): AsyncGenerator<PeerFigure | AbsentPeer> {
  const ids = Number(process.env['WEFT_BENCH_IDS'] ?? 100_000)
  const own: Record<string, Figures> = {}
  for (const method of ['kkrt', 'ecdh'] as const) {
    const figures = { seconds: 0, cpu: 0 }
    for await (const { value, unit } of benchPair({ method, usual: ids })) {
      if (unit === 's') figures.seconds = value
      if (unit === 's of CPU') figures.cpu += value
    }
    own[method] = figures
    yield* lines('weft', { method, ids }, figures)
  }
  for (const [theirs, ours] of PAIRS) {
    const figures = await timePeer(theirs, ids)
    if (typeof figures === 'string') yield { who: `${WHO} ${theirs}`, absent: figures }
    else yield* lines(WHO, { method: theirs, 'our method': ours, ids }, figures, own[ours])
  }
}

function* lines(
  who: string,
  params: object,
  { seconds, cpu }: Figures,
  ours?: Figures,
): Generator<PeerFigure> {
  yield { who, params, value: seconds, unit: 's', ours: ours?.seconds ?? null }
  yield { who, params, value: cpu, unit: 's of CPU', ours: ours?.cpu ?? null }
}

/** What their program says of itself, or why it says nothing. */
async function timePeer(protocol: string, ids: number): Promise<Figures | string> {
  try {
    const python = await pythonPeers('psi-spu', PACKAGES)
    const options = { timeout: LIMIT_MS }
    const { stdout } = await promisify(execFile)(python, [SCRIPT, protocol, `${ids}`], options)
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Figures
  } catch (error) {
    return whyAbsent(error)
  }
}
