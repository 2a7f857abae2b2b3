/**
 * `bench-peers CASE [--json]`: the same work by this project and by others, one after the other in one run, as ratios.
 * @module
 */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'

/** What one program did. */
export interface PeerFigure {
  readonly who: string
  readonly params: object
  readonly value: number
  readonly unit: string
  /** The figure of ours that it is compared with; null for ours itself. */
  readonly ours: number | null
}

/** A program that could not be measured here. */
export interface AbsentPeer {
  readonly who: string
  readonly absent: string
}

/** One comparison. */
export interface PeerBench {
  readonly name: string
  run(): AsyncIterable<PeerFigure | AbsentPeer>
}

/** The comparisons by name; each is loaded only when it runs. */
const CASES: Record<string, () => Promise<{ peers: PeerBench }>> = {
  dispatch: () => import('../../test/bench/peers/dispatch.peers.ts'),
  he: () => import('../../test/bench/peers/he.peers.ts'),
  psi: () => import('../../test/bench/peers/psi.peers.ts'),
}

/** The comparisons, for help. */
export const PEER_NAMES: readonly string[] = Object.keys(CASES)

/** Runs the command. */
export async function benchPeers(args: string[]): Promise<void> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: { json: { type: 'boolean' } },
  })
  const names = positionals.length > 0 ? positionals : Object.keys(CASES)
  for (const name of names) {
    const load = CASES[name]
    if (!load) {
      throw new Error(`No comparison "${name}": there are ${Object.keys(CASES).join(', ')}`)
    }
    const { peers } = await load()
    for await (const row of peers.run()) {
      const line = 'absent' in row ? row : measured(row)
      const about = { case: name, ...line, cores: cpus().length }
      console.log(values.json ? JSON.stringify(about) : toText(name, line))
    }
  }
}

function measured({ who, params, value, unit, ours }: PeerFigure) {
  const ratio = ours === null ? null : Number((ours / value).toPrecision(3))
  return { who, params, value: Number(value.toPrecision(4)), unit, ratio }
}

function toText(name: string, line: ReturnType<typeof measured> | AbsentPeer): string {
  const head = `${name.padEnd(12)} ${line.who.padEnd(24)}`
  if ('absent' in line) return `${head} absent: ${line.absent}`
  const params = Object.entries(line.params).map(([key, value]) => `${key}=${String(value)}`)
  const ratio = line.ratio === null ? '' : `   ours / theirs ${line.ratio}`
  return `${head} ${params.join(' ').padEnd(40)} ${line.value} ${line.unit}${ratio}`
}
