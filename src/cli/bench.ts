/**
 * `bench [CASE] [--json] [--params name=value,…]`: runs benchmarks and prints what this machine does.
 * @module
 */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'

/** One benchmark: yields a figure for each of its parameter sets. */
export interface Bench {
  readonly name: string
  /** `params` are what the caller sets of a case that has sizes to choose. */
  run(
    params?: Readonly<Record<string, string>>,
  ): AsyncIterable<{ params: object; value: number; unit: string }>
}

/** The benchmarks by name; each is loaded only when it runs. */
const CASES: Record<string, () => Promise<{ bench: Bench }>> = {
  dispatch: () => import('../../test/bench/dispatch.bench.ts'),
  gateway: () => import('../../test/bench/gateway.bench.ts'),
  'fate-lr': () => import('../../test/bench/fate-lr.bench.ts'),
  'fate-sbt': () => import('../../test/bench/fate-sbt.bench.ts'),
  'fedlearn-gb': () => import('../../test/bench/fedlearn-gb.bench.ts'),
  'gpu-add': () => gpu('add'),
  'gpu-histogram': () => gpu('histogram'),
  'gpu-rerandomise': () => gpu('rerandomise'),
  'flow-echo': () => import('../../test/bench/flow-echo.bench.ts'),
  'flow-image': () => import('../../test/bench/flow-image.bench.ts'),
  'flow-video': () => import('../../test/bench/flow-video.bench.ts'),
  serving: () => import('../../test/bench/serving.bench.ts'),
  'http-query': () => import('../../test/bench/http-query.bench.ts'),
  'hetero-lr': () => import('../../test/bench/hetero-lr.bench.ts'),
  'he-ou': () => import('../../test/bench/he-ou.bench.ts'),
  'he-paillier': () => import('../../test/bench/he-paillier.bench.ts'),
  histogram: () => import('../../test/bench/histogram.bench.ts'),
  multiply: () => import('../../test/bench/multiply.bench.ts'),
  nn: () => import('../../test/bench/nn.bench.ts'),
  'pai-list': () => pai('list'),
  'pai-attempts': () => pai('attempts'),
  'psi-ecdh': () => import('../../test/bench/psi-ecdh.bench.ts'),
  'psi-fast': () => import('../../test/bench/psi-fast.bench.ts'),
  'psi-rsa': () => import('../../test/bench/psi-rsa.bench.ts'),
  'psi-unbalanced': () => import('../../test/bench/psi-unbalanced.bench.ts'),
  'psi-whole': () => import('../../test/bench/psi-whole.bench.ts'),
  'works-list': () => works('list'),
  'works-fire': () => works('fire'),
}

async function works(name: 'list' | 'fire'): Promise<{ bench: Bench }> {
  return { bench: (await import('../../test/bench/works.bench.ts'))[name] }
}

async function pai(name: 'list' | 'attempts'): Promise<{ bench: Bench }> {
  return { bench: (await import('../../test/bench/pai.bench.ts'))[name] }
}

async function gpu(name: 'add' | 'histogram' | 'rerandomise'): Promise<{ bench: Bench }> {
  return { bench: (await import('../../test/bench/gpu.bench.ts'))[name] }
}

/** The cases, for help. */
export const CASE_NAMES: readonly string[] = Object.keys(CASES)

/** Runs the command. */
export async function bench(args: string[]): Promise<void> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: { json: { type: 'boolean' }, params: { type: 'string' } },
  })
  const names = positionals.length > 0 ? positionals : Object.keys(CASES)
  const set = Object.fromEntries((values.params?.split(',') ?? []).map((each) => each.split('=')))
  for (const name of names) {
    const load = CASES[name]
    if (!load) throw new Error(`No benchmark "${name}": there are ${Object.keys(CASES).join(', ')}`)
    const { bench: chosen } = await load()
    for await (const { params, value, unit } of chosen.run(set)) {
      const line = {
        case: name,
        params,
        value: Number(value.toPrecision(4)),
        unit,
        cores: cpus().length,
        runtime: `node ${process.versions.node}`,
        peak_mib: Math.round(process.resourceUsage().maxRSS / 1024),
      }
      console.log(values.json ? JSON.stringify(line) : toText(line))
    }
  }
}

function toText(line: { case: string; params: object; value: number; unit: string }): string {
  const params = Object.entries(line.params).map(([key, value]) => `${key}=${String(value)}`)
  return `${line.case.padEnd(14)} ${params.join(' ').padEnd(48)} ${line.value} ${line.unit}`
}
