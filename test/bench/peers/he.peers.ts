/**
 * Additive encryption beside other people's packages: one thread of the same machine, one after another, all by the
 * processor's clock, which stands still while others have the core.
 * @module
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import type { AbsentPeer, PeerFigure } from '../../../src/cli/bench-peers.ts'
import { kernelName } from '../../../src/compute/kernel/load.ts'
import { inline } from '../../../src/compute/parallel.ts'
import { openFresh, timeScheme, useNamedAccelerator } from '../he-cases.ts'
import { pythonPeers, whyAbsent } from './install.ts'

export const peers = { name: 'he', run }

/** What is installed for each peer. */
const PACKAGES: Record<string, readonly string[]> = {
  phe: ['phe==1.5.0', 'gmpy2==2.3.2'],
  pypaillier: ['pypaillier==0.8.0'],
  'sf-heu': ['sf-heu==0.5.2b0'],
}
/** Longest time for one package. */
const LIMIT_MS = 10 * 60_000
const SCRIPT = fileURLToPath(new URL('he.py', import.meta.url))

interface Line {
  readonly scheme: string
  readonly op: string
  readonly value: number
}

async function* run(): AsyncGenerator<PeerFigure | AbsentPeer> {
  useNamedAccelerator()
  const own: Line[] = []
  for (const scheme of ['paillier', 'okamoto-uchiyama'] as const) {
    const opened = openFresh(scheme, { bits: 2048 })(inline)
    for await (const { params, value } of timeScheme(opened, { parallel: inline, share: 0.5 })) {
      own.push({ scheme, op: String(params['op']), value })
    }
  }
  const find = (scheme: string, op: string): number | null =>
    own.find((line) => line.scheme === scheme && line.op === op)?.value ?? null
  for (const { scheme, op, value } of own) {
    const who = `weft (${kernelName()})`
    yield { who, params: { scheme, op }, value, unit: '1/s', ours: null }
  }
  for (const [who, packages] of Object.entries(PACKAGES)) {
    const theirs = await timePeer(who, packages)
    if (!Array.isArray(theirs)) {
      yield { who, absent: theirs }
      continue
    }
    for (const { scheme, op, value } of theirs) {
      yield { who, params: { scheme, op }, value, unit: '1/s', ours: find(scheme, op) }
      // Who has the secret key need not encrypt with the public one.
      const ours = op.startsWith('encrypt') ? find(scheme, 'encrypt with the secret key') : null
      if (ours === null) continue
      const params = { scheme, op: `${op}, ours with the secret key` }
      yield { who, params, value, unit: '1/s', ours }
    }
  }
}

/** The figures of a package, or why there are none. */
async function timePeer(name: string, packages: readonly string[]): Promise<Line[] | string> {
  try {
    const python = await pythonPeers(`he-${name}`, packages)
    // One thread, as ours.
    const env = { ...process.env, OMP_NUM_THREADS: '1', RAYON_NUM_THREADS: '1' }
    const options = { env, timeout: LIMIT_MS }
    const { stdout } = await promisify(execFile)(python, [SCRIPT, name], options)
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line)
  } catch (error) {
    return whyAbsent(error)
  }
}
