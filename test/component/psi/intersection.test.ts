import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'

import fc from 'fast-check'

import { intersection } from '../../../src/component/psi/intersection.ts'
import { ChannelClosed } from '../../../src/federation/channel.ts'
import { json } from '../../../src/federation/codec.ts'
import { runComponent, type ComponentRun } from '../../helpers/parties.ts'
import { GUEST, intersect, METHODS, table, type Scene } from './scene.ts'

/** UTF-8 order, by another road than the code under test. */
function sorted(ids: Iterable<string>): string[] {
  return [...ids].toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

function common({ guest, hosts }: Scene): string[] {
  return sorted(guest.filter((id) => hosts.every((ids) => ids.includes(id))))
}

function checkOutputs(run: ComponentRun, scene: Scene): void {
  const expected = common(scene)
  for (const [self, outcome] of Object.entries(run.parties)) {
    const party = self === GUEST ? 9 : Number(self.slice('host:'.length)) - 10000
    const ids = self === GUEST ? scene.guest : scene.hosts[party]
    const rows = expected.map((id) => ids.indexOf(id))
    assert.equal(outcome.tables.length, 1)
    assert.deepEqual(outcome.tables[0], {
      kind: 'data',
      idName: 'id',
      ids: expected,
      labelName: 'y',
      columns: [
        {
          name: 'x',
          type: 'number',
          values: Float64Array.from(rows, (row) => party * 1000 + row),
        },
        { name: 'y', type: 'number', values: Float64Array.from(rows, (row) => row % 2) },
      ],
    })
    const rate = expected.length === 0 ? 0 : expected.length / ids.length
    assert.deepEqual(outcome.metrics, [
      {
        namespace: 'train',
        name: 'intersection',
        points: [
          ['intersect_count', expected.length],
          ['intersect_rate', rate],
        ],
        meta: { name: 'intersection', metric_type: 'INTERSECTION' },
      },
    ])
    assert.equal(outcome.models[0].param.intersectCount, expected.length)
    const { done, total } = outcome.progress.at(-1)!
    assert.equal(done, total)
  }
  assert.equal(run.unread, 0)
}

for (const [name, params] of Object.entries(METHODS)) {
  describe(`Intersection by ${name}`, () => {
    const scenes: Record<string, Scene> = {
      'a partial overlap': { guest: ['c', 'a', 'b', 'e'], hosts: [['d', 'b', 'a', 'c']] },
      'the same ids in another order': { guest: ['1', '2', '10'], hosts: [['10', '2', '1']] },
      'no common id': { guest: ['a', 'b'], hosts: [['c', 'd', 'e']] },
      'an empty host': { guest: ['a', 'b'], hosts: [[]] },
      'an empty guest': { guest: [], hosts: [['a']] },
      'nothing at all': { guest: [], hosts: [[]] },
      'three hosts': {
        guest: ['a', 'b', 'c', 'd', 'e'],
        hosts: [
          ['e', 'd', 'c', 'b', 'x'],
          ['c', 'd', 'b', 'y'],
          ['b', 'z', 'e', 'c'],
        ],
      },
      'ids of all alphabets': {
        guest: ['😀', 'é', 'e\u0301', '\uffee', ' ', 'ａ', '漢字', '\0'],
        hosts: [['漢字', '\0', '\uffee', '😀', 'é', 'a', '  ']],
      },
    }
    for (const [what, scene] of Object.entries(scenes)) {
      it(`gives every party its rows of the common ids, sorted by id: ${what}`, async () => {
        checkOutputs(await intersect({ ...scene, params }), scene)
      })
    }

    it('agrees with plain sets', async () => {
      const ids = fc.uniqueArray(
        fc.oneof(fc.nat(30).map(String), fc.string({ unit: 'grapheme', minLength: 1 })),
        { maxLength: 12 },
      )
      await fc.assert(
        fc.asyncProperty(
          ids,
          fc.array(ids, { minLength: 1, maxLength: 3 }),
          async (guest, hosts) => {
            checkOutputs(await intersect({ guest, hosts, params }), { guest, hosts })
          },
        ),
        { numRuns: 8 },
      )
    })

    it('is_send_intersect_ids false: only the side that finds the common ids keeps them', async () => {
      const scene = { guest: ['a', 'b', 'c'], hosts: [['b', 'c', 'd']] }
      const run = await intersect({ ...scene, params: { ...params, is_send_intersect_ids: false } })
      const joiner = name === 'raw, host joins' ? 'host:10000' : GUEST
      const other = joiner === GUEST ? 'host:10000' : GUEST
      assert.deepEqual(run.parties[joiner].tables[0].ids, ['b', 'c'])
      const { tables, metrics, models, logs } = run.parties[other]
      assert.deepEqual({ tables, metrics, models }, { tables: [], metrics: [], models: [] })
      assert.match(logs.map(({ text }) => text).join(), /no output here/)
      assert.equal(run.unread, 0)
    })

    it('is_get_intersect_ids false: the other side has no output', async () => {
      const scene = { guest: ['a', 'b', 'c'], hosts: [['b', 'c', 'd']] }
      const run = await intersect({ ...scene, params: { ...params, is_get_intersect_ids: false } })
      const joiner = name === 'raw, host joins' ? 'host:10000' : GUEST
      const other = joiner === GUEST ? 'host:10000' : GUEST
      assert.deepEqual(run.parties[joiner].tables[0].ids, ['b', 'c'])
      assert.deepEqual(run.parties[other].tables, [])
      assert.equal(run.unread, 0)
    })

    it('only_output_key: ids without columns', async () => {
      const scene = { guest: ['b', 'a'], hosts: [['a', 'b']] }
      const run = await intersect({ ...scene, params: { ...params, only_output_key: true } })
      for (const { tables } of Object.values(run.parties)) {
        assert.deepEqual(tables, [{ kind: 'data', idName: 'id', ids: ['a', 'b'], columns: [] }])
      }
    })

    it('tells the rows of repeated and missing ids to their owner', async () => {
      const scene = { guest: ['a', 'b', 'a', 'b', '', 'c', 'c', 'd', 'd'], hosts: [['a']] }
      await assert.rejects(intersect({ ...scene, params }), {
        message:
          'intersection_0 has rows that repeat an earlier id: 4 (row 3, 4, 7, …), and rows ' +
          'without an id: 1 (row 5); remove them from the table',
      })
    })

    it('does not tell the peer which ids are repeated', async () => {
      const scene = { guest: ['a'], hosts: [['secret', 'secret']] }
      const heard: unknown[] = []
      const spied = {
        ...intersection,
        async run(context: Parameters<typeof intersection.run>[0]) {
          try {
            await intersection.run(context)
          } catch (error) {
            if (context.role === 'guest') heard.push(error)
            throw error
          }
        },
      }
      const tables = { [GUEST]: { data: table(9, scene.guest) } }
      const run = runComponent(spied, {
        members: { guest: ['9999'], host: ['10000'] },
        tables: { ...tables, 'host:10000': { data: table(0, scene.hosts[0]) } },
        params,
      })
      await assert.rejects(run, /repeat an earlier id: 1 \(row 2\)/)
      assert.equal(heard.length, 1)
      assert.ok(heard[0] instanceof ChannelClosed)
      assert.equal(heard[0].message, 'host:10000 stopped')
    })
  })
}

describe('Intersection', () => {
  const scene = { guest: ['a', 'b'], hosts: [['b', 'c']] }

  it('has the defaults of its documentation', () => {
    assert.deepEqual(intersection.params.parse({}), {
      intersect_method: 'rsa',
      random_bit: 128,
      rsa_params: { key_length: 2048 },
      is_send_intersect_ids: true,
      is_get_intersect_ids: true,
      join_role: 'guest',
      with_encode: false,
      encode_params: { salt: '', encode_method: 'none', base64: false },
      cardinality_only: false,
      sync_cardinality: false,
      only_output_key: false,
      join_method: 'inner_join',
    })
  })

  it('works with its defaults, a key of 2048 bits and no warning', async () => {
    const run = await intersect(scene)
    assert.deepEqual(run.parties[GUEST].tables[0].ids, ['b'])
    assert.deepEqual(run.parties[GUEST].warnings, [])
  })

  it('warns of a short key', async () => {
    const run = await intersect({ ...scene, params: METHODS.rsa })
    for (const { warnings } of Object.values(run.parties)) {
      assert.deepEqual(warnings, ['RSA keys of 1024 bits are too short for real data: use 2048'])
    }
  })

  it('warns that raw shows ids, and to whom', async () => {
    const run = await intersect({ ...scene, params: METHODS['raw, host joins'] })
    assert.deepEqual(run.parties['host:10000'].warnings, [
      'intersect_method raw shows all ids of the guest to the hosts, readable',
    ])
    const hashed = await intersect({ ...scene, params: METHODS['raw, salted sha256'] })
    assert.deepEqual(hashed.parties[GUEST].warnings, [
      'intersect_method raw shows all ids of the hosts to the guest, as sha256, which can be ' +
        'reversed by trying',
    ])
    assert.equal(hashed.ledger.find(({ tag }) => tag === 'raw_ids')?.kind, 'plain')
  })

  it('raw, encoded: the wire has the salted hash and not the id', async () => {
    const scene2 = { guest: ['customer-1'], hosts: [['customer-1']] }
    const { wire } = await intersect({ ...scene2, params: METHODS['raw, salted sha256'] })
    const message = Buffer.concat(wire.map(({ bytes }) => bytes))
    const expected = createHash('sha256').update('customer-1pepper').digest('base64')
    assert.equal(message.includes(expected), true)
    assert.equal(message.includes('customer-1'), false)
  })

  it('parties with different methods or keys stop and say so', async () => {
    const paramsAt = { 'host:10000': { intersect_method: 'ecdh' } } as const
    await assert.rejects(intersect({ ...scene, paramsAt }), {
      message:
        'guest:9999 set up another intersection: intersect_method is ecdh here and rsa there',
    })
    await assert.rejects(
      intersect({ ...scene, params: METHODS.rsa, paramsAt: { [GUEST]: { rsa_params: {} } } }),
      /key_length is 1024 here and 2048 there/,
    )
  })

  it('raw with join_role host, several hosts and no sharing is refused', async () => {
    const params = { intersect_method: 'raw', join_role: 'host', is_send_intersect_ids: false }
    await assert.rejects(
      intersect({ guest: ['a'], hosts: [['a'], ['a']], params }),
      /is_send_intersect_ids must be true/,
    )
  })

  it('needs a table', async () => {
    await assert.rejects(
      runComponent(intersection, { members: { guest: ['9999'], host: ['10000'] } }),
      /needs one table in "data", got 0/,
    )
  })

  it('refuses common ids that are none', async () => {
    const tamper = (message: { tag: string; bytes: Uint8Array }) => {
      if (message.tag !== 'common') return message.bytes
      const bytes = message.bytes.slice()
      // The place of the one common id, a little-endian number, is followed by the part `shared`.
      const at = Buffer.from(bytes).indexOf('shared') - 5
      bytes.set([0xff, 0xff, 0xff, 0x7f], at)
      return bytes
    }
    const params = METHODS.ecdh
    await assert.rejects(intersect({ ...scene, params, tamper }), /place that the list does not/)
  })

  it('an abort stops it', async () => {
    const signal = AbortSignal.abort(new Error('stopped by the user'))
    await assert.rejects(
      intersect({ ...scene, params: METHODS.ecdh, signal }),
      /stopped by the user/,
    )
  })

  it('says in its terms only what the ledger says', async () => {
    const { wire } = await intersect({ ...scene, params: METHODS['raw, salted sha256'] })
    const [{ bytes }] = wire.filter(({ tag }) => tag === 'terms')
    assert.deepEqual(json.decode(bytes), {
      rows: 2,
      terms: {
        intersect_method: 'raw',
        join_role: 'guest',
        encode_method: 'sha256',
        base64: true,
      },
    })
  })
})

describe('The names of later releases', () => {
  it('sync_intersect_ids is is_send_intersect_ids', async () => {
    const scene = { guest: ['a', 'b'], hosts: [['b', 'c']] }
    const run = await intersect({
      ...scene,
      params: { intersect_method: 'ecdh', sync_intersect_ids: false },
    })
    assert.deepEqual(run.parties[GUEST].tables[0].ids, ['b'])
    assert.deepEqual(run.parties['host:10000'].tables, [])
  })

  it('raw_params are those of raw, at the top level', () => {
    const { with_encode, encode_params, join_role } = intersection.params.parse({
      intersect_method: 'raw',
      raw_params: { use_hash: true, salt: 's', hash_method: 'sha256', join_role: 'host' },
    }) as Record<string, unknown>
    assert.deepEqual(
      { with_encode, encode_params, join_role },
      {
        with_encode: true,
        encode_params: { salt: 's', encode_method: 'sha256', base64: false },
        join_role: 'host',
      },
    )
  })

  it('cardinality_method is the method where only the number is wanted', () => {
    const method = (params: object): unknown =>
      (intersection.params.parse(params) as Record<string, unknown>)['intersect_method']
    assert.equal(method({ cardinality_only: true, cardinality_method: 'ecdh' }), 'ecdh')
    assert.equal(method({ cardinality_only: false, cardinality_method: 'ecdh' }), 'rsa')
  })

  it('a left join is refused, as it would leave rows without the columns of others', () => {
    assert.throws(
      () => intersection.params.parse({ join_method: 'left_join' }),
      /join_method must be inner_join/,
    )
  })
})
