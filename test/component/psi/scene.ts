/**
 * Intersections to test: parties with ids, and parameters of every method.
 * @module
 */
import { intersection } from '../../../src/component/psi/intersection.ts'
import type { Frame } from '../../../src/compute/ml/frame.ts'
import { address, type Address } from '../../../src/federation/channel.ts'
import { runComponent, type ComponentRun, type RunOptions } from '../../helpers/parties.ts'

/** The guest of every scene. */
export const GUEST: Address = 'guest:9999'
/** A short key: the protocol is the same and a test takes a tenth of the time. */
const SHORT = { rsa_params: { key_length: 1024 } }

/** Parameters of every method. */
export const METHODS: Record<string, object> = {
  rsa: { intersect_method: 'rsa', ...SHORT },
  ecdh: { intersect_method: 'ecdh' },
  kkrt: { intersect_method: 'kkrt' },
  unbalanced: { intersect_method: 'unbalanced' },
  dh: { intersect_method: 'dh' },
  'raw, guest joins': { intersect_method: 'raw' },
  'raw, host joins': { intersect_method: 'raw', join_role: 'host' },
  'raw, salted sha256': {
    intersect_method: 'raw',
    with_encode: true,
    encode_params: { salt: 'pepper', encode_method: 'sha256', base64: true },
  },
}

/** A table whose numbers say whose row and which. */
export function table(party: number, ids: readonly string[]): Frame {
  return {
    kind: 'data',
    idName: 'id',
    ids,
    labelName: 'y',
    columns: [
      { name: 'x', type: 'number', values: Float64Array.from(ids, (_, row) => party * 1000 + row) },
      { name: 'y', type: 'number', values: Float64Array.from(ids, (_, row) => row % 2) },
    ],
  }
}

/** Ids of every party; the hosts are 10000, 10001, … */
export interface Scene extends Partial<RunOptions> {
  readonly guest: readonly string[]
  readonly hosts: readonly (readonly string[])[]
}

/** Runs the component on tables with these ids. */
export function intersect({ guest, hosts, ...options }: Scene): Promise<ComponentRun> {
  const parties = hosts.map((_, at) => `${10000 + at}`)
  const tables: Record<Address, { data: Frame }> = { [GUEST]: { data: table(9, guest) } }
  for (const [at, party] of parties.entries()) {
    tables[address('host', party)] = { data: table(at, hosts[at]) }
  }
  return runComponent(intersection, {
    members: { guest: ['9999'], host: parties },
    tables,
    ...options,
  })
}
