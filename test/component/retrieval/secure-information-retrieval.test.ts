import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { secureInformationRetrieval } from '../../../src/component/retrieval/secure-information-retrieval.ts'
import type { Column, Frame } from '../../../src/compute/ml/frame.ts'
import { blob, json, parts, rows, uint32s } from '../../../src/federation/codec.ts'
import { numberFrame, numbersOf, randomColumns } from '../../helpers/frames.ts'
import { type RunOptions, runComponent, type WireMessage } from '../../helpers/parties.ts'

const GUEST = 'guest:1'
const HOST = 'host:2'
const MEMBERS = { guest: ['1'], host: ['2'] }

/** 60 rows at the host; of the guest's ids it has all but two. */
const HOST_IDS = Array.from({ length: 60 }, (_, i) => `person-${1000 + i}`)
const GUEST_IDS = [
  'person-1044',
  'nobody-1',
  'person-1003',
  'person-1059',
  'nobody-2',
  'person-1017',
]
const COLUMNS = randomColumns('x', { columns: 3, rows: 60, seed: 5 })
const LABELS = HOST_IDS.map((_, i) => (i * 7) % 3)
const THEIRS = numberFrame(COLUMNS, { ids: HOST_IDS, labels: LABELS })
const OURS = numberFrame({ own: GUEST_IDS.map((_, i) => i) }, { ids: GUEST_IDS })

function run(params: object, more: Partial<RunOptions> = {}) {
  return runComponent(secureInformationRetrieval, {
    members: MEMBERS,
    params,
    tables: { [GUEST]: { data: OURS }, [HOST]: { data: THEIRS } },
    ...more,
  })
}

/** What a plain join has in a column of the host. */
function joined(values: readonly number[], ids = GUEST_IDS): number[] {
  return ids.map((id) => values[HOST_IDS.indexOf(id)] ?? Number.NaN)
}

function withTable(data: Frame, at = HOST): Partial<RunOptions> {
  const tables = { [GUEST]: { data: OURS }, [HOST]: { data: THEIRS } }
  return { tables: { ...tables, [at]: { data } } }
}

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

describe('SecureInformationRetrieval', () => {
  for (const names of [['x1'], ['x2', 'x0'], ['x0', 'x1', 'x2', 'y']]) {
    it(`gives the guest what a join on ${names.join(', ')} would, and a gap for an id the host lacks`, async () => {
      const { parties, unread } = await run({ target_cols: names })
      const [table] = parties[GUEST].tables
      assert.deepEqual(table.ids, GUEST_IDS)
      assert.equal(table.labelName, undefined)
      assert.deepEqual(
        table.columns.map(({ name }) => name),
        names,
      )
      for (const name of names) {
        const values = name === 'y' ? LABELS : COLUMNS[name]
        assert.deepEqual(numbersOf(table, name), joined(values))
      }
      assert.deepEqual(parties[HOST].tables, [THEIRS])
      assert.equal(unread, 0)
    })
  }

  for (const params of [{ security_level: 0.1 }, { raw_retrieval: true }]) {
    it(`asks several hosts, and takes an id's values from the first that has it: ${JSON.stringify(params)}`, async () => {
      const more = randomColumns('x', { columns: 3, rows: 4, seed: 6 })
      const ids = ['nobody-2', 'person-1003', 'else-1', 'else-2']
      const tables = {
        [GUEST]: { data: OURS },
        [HOST]: { data: THEIRS },
        'host:3': { data: numberFrame(more, { ids }) },
      }
      const options = { members: { guest: ['1'], host: ['2', '3'] }, tables }
      const names = ['x2', 'x0']
      const { parties, wire, unread } = await run({ ...params, target_cols: names }, options)
      const [table] = parties[GUEST].tables
      for (const name of names) {
        const expected = joined(COLUMNS[name])
        expected[GUEST_IDS.indexOf('nobody-2')] = more[name][0]
        assert.deepEqual(numbersOf(table, name), expected)
      }
      assert.deepEqual(parties[GUEST].metrics[0].points[0], ['Coverage', 5 / 6])
      assert.equal(unread, 0)
      // Each host is asked about all ids, so that none learns what another one has.
      const rowsTold = wire.flatMap(({ to, tag, bytes }) =>
        tag === 'sir_terms' ? [[to, (json.decode(bytes) as { rows: number }).rows]] : [],
      )
      assert.deepEqual(rowsTold, [
        [HOST, 6],
        ['host:3', 6],
      ])
      if (!('raw_retrieval' in params)) return
      const asked = wire.filter(({ tag }) => tag === 'sir_raw_ids')
      assert.deepEqual([...asked[0].bytes], [...asked[1].bytes])
    })
  }

  it('refuses hosts whose columns are of other kinds', async () => {
    const words = HOST_IDS.map((_, i) => `w${i}`)
    const texts: Column = { name: 'x0', type: 'text', values: words }
    const data: Frame = { kind: 'raw', idName: 'id', ids: HOST_IDS, columns: [texts] }
    const tables = { [GUEST]: { data: OURS }, [HOST]: { data: THEIRS }, 'host:3': { data } }
    await assert.rejects(
      run({ target_cols: ['x0'] }, { members: { guest: ['1'], host: ['2', '3'] }, tables }),
      /host:2 and host:3 give texts and numbers in different columns/,
    )
  })

  it('retrieves the label where no column is named', async () => {
    const { parties } = await run({})
    const [table] = parties[GUEST].tables
    assert.equal(table.labelName, 'retrieved_value')
    assert.deepEqual(numbersOf(table, 'retrieved_value'), joined(LABELS))
    const unlabelled = withTable(numberFrame(COLUMNS, { ids: HOST_IDS }))
    await assert.rejects(run({}, unlabelled), /no label to retrieve/)
  })

  it('retrieves texts of a table as uploaded', async () => {
    const words = HOST_IDS.map((_, i) => 'wörd '.repeat(i % 4) + i)
    const column: Column = { name: 'word', type: 'text', values: words }
    const raw: Frame = { kind: 'raw', idName: 'id', ids: HOST_IDS, columns: [column] }
    for (const params of [{}, { security_level: 0 }]) {
      const { parties } = await run({ target_cols: 'word', ...params }, withTable(raw))
      const [table] = parties[GUEST].tables
      assert.equal(table.kind, 'raw')
      assert.deepEqual(
        table.columns[0].values,
        GUEST_IDS.map((id) => words[HOST_IDS.indexOf(id)] ?? ''),
      )
    }
  })

  it('reports coverage and candidates as FATE does', async () => {
    const { parties } = await run({ target_cols: ['x0'], security_level: 0.5 })
    for (const [at, coverage] of [
      [GUEST, 4 / 6],
      [HOST, 4 / 60],
    ] as const) {
      assert.deepEqual(parties[at].metrics, [
        {
          namespace: 'train',
          name: 'sir',
          points: [
            ['Coverage', coverage],
            ['Block number', 45],
          ],
          meta: { name: 'sir', metric_type: 'INTERSECTION' },
        },
      ])
      assert.deepEqual(parties[at].models, [
        {
          name: 'SecureInformationRetrieval',
          param: { coverage, blockNum: 45 },
          meta: {
            securityLevel: 0.5,
            obliviousTransferProtocol: 'ot_hauck',
            commutativeEncryption: 'commutativeencryptionpohlighellman',
            nonCommittingEncryption: 'aes',
            keySize: 2048,
            rawRetrieval: false,
          },
        },
      ])
    }
  })

  it('hides a value among as many rows as the level says, or all that there are', async () => {
    for (const [level, blocks] of [
      [0.01, 3],
      [0.3, 13],
      [1, 60],
    ]) {
      const { parties, wire } = await run({ target_cols: ['x0'], security_level: level })
      assert.equal(parties[GUEST].models[0].param['blockNum'], blocks)
      assert.deepEqual(numbersOf(parties[GUEST].tables[0], 'x0'), joined(COLUMNS['x0']))
      for (const { places } of wire.filter(({ tag }) => tag === 'sir_choices').map(choicesOf)) {
        assert.equal(places.length, 4 * blocks)
      }
    }
  })

  it('works in several messages where there are many candidates', async () => {
    const ids = Array.from({ length: 1200 }, (_, i) => `id${i}`)
    const columns = randomColumns('x', { columns: 1, rows: 1200, seed: 2 })
    const few = ids.filter((_, i) => i % 109 === 0)
    const { parties, wire } = await runComponent(secureInformationRetrieval, {
      members: MEMBERS,
      params: { target_cols: ['x0'], security_level: 1 },
      tables: {
        [GUEST]: { data: numberFrame({ own: few.map(Number) }, { ids: few }) },
        [HOST]: { data: numberFrame(columns, { ids }) },
      },
    })
    assert.ok(wire.filter(({ tag }) => tag === 'sir_values').length > 1)
    assert.deepEqual(
      numbersOf(parties[GUEST].tables[0], 'x0'),
      few.map((id) => columns['x0'][ids.indexOf(id)]),
    )
  })

  it('has gaps alone where no id is common', async () => {
    const ids = ['a', 'b']
    const { parties } = await run(
      { target_cols: ['x0', 'x1'] },
      withTable(numberFrame({ own: [1, 2] }, { ids }), GUEST),
    )
    assert.deepEqual(numbersOf(parties[GUEST].tables[0], 'x1'), [Number.NaN, Number.NaN])
    assert.equal(parties[HOST].models[0].param['coverage'], 0)
  })

  for (const params of [{ raw_retrieval: true }, { security_level: 0 }]) {
    it(`hides nothing with ${JSON.stringify(params)}, and says so`, async () => {
      const { parties, wire } = await run({ target_cols: ['x2'], ...params })
      assert.deepEqual(numbersOf(parties[GUEST].tables[0], 'x2'), joined(COLUMNS['x2']))
      for (const at of [GUEST, HOST] as const) {
        assert.match(parties[at].warnings.join(), /the host sees the ids of the guest/)
        assert.equal(parties[at].models[0].param['blockNum'], 0)
        assert.equal(parties[at].metrics[0].points[0][0], 'Coverage')
      }
      assert.ok(wire.some(({ bytes }) => textOf(bytes).includes('person-1044')))
      assert.deepEqual(
        wire.map(({ tag }) => tag),
        ['sir_terms', 'sir_raw_ids', 'sir_raw_values'],
      )
    })
  }
})

const CHOICES = parts({ places: uint32s, points: rows })
const choicesOf = ({ bytes }: WireMessage) => CHOICES.decode(bytes)

describe('what crosses in a hidden retrieval', () => {
  it('holds no id and no value in plain, and entries of one size', async () => {
    const secret = HOST_IDS.map((_, i) => `secret-word-${i}`)
    const values = Float64Array.from(COLUMNS['x0'])
    const raw: Frame = {
      kind: 'raw',
      idName: 'id',
      ids: HOST_IDS,
      columns: [
        { name: 'word', type: 'text', values: secret },
        { name: 'x0', type: 'number', values },
      ],
    }
    const { parties, wire } = await run({ target_cols: ['word', 'x0'] }, withTable(raw))
    assert.equal(parties[GUEST].tables[0].columns[0].values[0], 'secret-word-44')
    const numbers = [...values].map((value) =>
      textOf(new Uint8Array(Float64Array.of(value).buffer)),
    )
    for (const { tag, bytes } of wire) {
      const text = textOf(bytes)
      for (const id of ['person', 'nobody', 'secret']) assert.ok(!text.includes(id), tag)
      for (const number of numbers) assert.ok(!text.includes(number), tag)
    }
    const sealed = wire.filter(({ tag }) => tag === 'sir_values')
    assert.equal(rows.decode(sealed[0].bytes).data.length, 4 * 45 * (4 + 14 + 8 + 16))
  })

  it('looks alike to the host whichever of two rows was wanted', async () => {
    // The host has two rows, so the choice is all there is to hide: of many runs everything else is the same.
    const ids = ['a', 'b']
    const host = numberFrame({ x: [1, 2] }, { ids })
    const shapes = new Set<string>()
    const firstBits: number[][] = []
    for (const wanted of ids) {
      const bits: number[] = []
      for (let i = 0; i < 40; i++) {
        const { parties, wire } = await runComponent(secureInformationRetrieval, {
          members: MEMBERS,
          params: { target_cols: ['x'], security_level: 0.1 },
          tables: {
            [GUEST]: { data: numberFrame({ own: [0] }, { ids: [wanted] }) },
            [HOST]: { data: host },
          },
        })
        assert.deepEqual(numbersOf(parties[GUEST].tables[0], 'x'), [ids.indexOf(wanted) + 1])
        const toHost = wire.filter(({ to }) => to === HOST)
        shapes.add(JSON.stringify(toHost.map(({ tag, bytes }) => [tag, bytes.length])))
        const [choices] = toHost.filter(({ tag }) => tag === 'sir_choices').map(choicesOf)
        assert.deepEqual([...choices.places], [0, 1])
        bits.push(choices.points.data[0] & 2)
      }
      firstBits.push(bits)
    }
    assert.equal(shapes.size, 1)
    // Neither side of the choice has points of its own: the bit takes both values for both, but for 2^-38.
    for (const bits of firstBits) assert.equal(new Set(bits).size, 2)
  })

  it('does not open for a guest that names rows whose ids it did not ask for', async () => {
    // It has a key of the transfer for whichever row it names, and not the secret of that row's id.
    const tamper = ({ tag, bytes }: WireMessage) => {
      if (tag !== 'sir_choices') return bytes
      const { places, points } = CHOICES.decode(bytes)
      const others = [...HOST_IDS.keys()].filter((place) => !places.includes(place))
      return CHOICES.encode({ places: Uint32Array.from(others.slice(0, places.length)), points })
    }
    const params = { target_cols: ['x0'], security_level: 0.01 }
    const only = withTable(numberFrame({ own: [0] }, { ids: ['person-1044'] }), GUEST)
    const { parties } = await run(params, only)
    assert.deepEqual(numbersOf(parties[GUEST].tables[0], 'x0'), [COLUMNS['x0'][44]])
    await assert.rejects(run(params, { ...only, tamper }), /does not open/)
  })
})

describe('a retrieval that is set up wrongly', () => {
  const refused = (params: object, more: Partial<RunOptions>, pattern: RegExp) =>
    assert.rejects(run(params, more), pattern)

  it('is refused where the sides differ, since the host decides what it gives', async () => {
    const at = (params: object) => ({ paramsAt: { [HOST]: params } })
    const params = { target_cols: ['x0'] }
    await refused(params, at({ target_cols: ['x1'] }), /target_cols is \["x1"\] here and \["x0"\]/)
    await refused(params, at({ security_level: 0.9 }), /must be the same/)
    await refused({ ...params, security_level: 0 }, at({ security_level: 0.5 }), /must be the same/)
  })

  it('is refused with columns, rows or parties that it can not have', async () => {
    const params = { target_cols: ['x9'] }
    await refused(params, {}, /"x9"/)
    const one = numberFrame({ x9: [1] }, { ids: ['a'] })
    await refused(params, withTable(one), /fewer than two rows/)
    await refused(params, withTable(numberFrame({ x9: [] })), /without rows/)
    await refused(params, withTable(numberFrame({ x9: [1, 2] }, { ids: ['a', 'a'] })), /repeat/)
    await refused(
      params,
      { members: { guest: ['1', '3'], host: ['2'] } },
      /one guest and at least one host/,
    )
  })

  it('is refused with parameters that promise more than is done', () => {
    const parse = (params: object) => () => secureInformationRetrieval.params.parse(params)
    assert.throws(parse({ key_size: 4096 }), /Curve25519/)
    assert.throws(parse({ dh_params: { key_length: 4096 } }), /Curve25519/)
    assert.throws(parse({ security_level: 1.1 }))
    assert.throws(parse({ oblivious_transfer_protocol: 'OT_Other' }))
    parse({
      oblivious_transfer_protocol: 'OT_Hauck',
      commutative_encryption: 'CommutativeEncryptionPohligHellman',
      non_committing_encryption: 'aes',
      target_cols: null,
    })()
  })
})

describe('a peer that does not keep to the protocol', () => {
  const OFFER = parts({ form: json, point: blob })
  const changed = (
    tag: string,
    change: (bytes: Uint8Array) => Uint8Array,
  ): Partial<RunOptions> => ({
    tamper: (message) => (message.tag === tag ? change(message.bytes) : message.bytes),
  })
  const cases: readonly [string, (bytes: Uint8Array) => Uint8Array, RegExp][] = [
    ['sir_terms', () => json.encode({ rows: 1 }), /terms of an unknown form/],
    [
      'sir_terms',
      (b) => json.encode({ ...(json.decode(b) as object), rows: 5 }),
      /announced 5 ids/,
    ],
    ['sir_wanted', () => json.encode(7), /number of values that cannot be/],
    ['sir_wanted', () => json.encode(-1), /number of values that cannot be/],
    ['sir_wanted', () => json.encode(3), /other choices than it announced/],
    [
      'sir_offer',
      (b) => OFFER.encode({ ...OFFER.decode(b), form: { types: ['number', 'number'], width: 16 } }),
      /other columns than were asked for/,
    ],
    [
      'sir_offer',
      (b) => OFFER.encode({ ...OFFER.decode(b), form: { types: ['number'], width: 7 } }),
      /other columns than were asked for/,
    ],
    [
      'sir_offer',
      (b) => OFFER.encode({ ...OFFER.decode(b), point: new Uint8Array(32).fill(255) }),
      /sender's point is none/,
    ],
    [
      'sir_choices',
      (b) => CHOICES.encode({ ...CHOICES.decode(b), places: new Uint32Array(180) }),
      /different places below 60/,
    ],
    [
      'sir_choices',
      (b) => {
        const data = new Uint8Array(128).fill(255)
        return CHOICES.encode({ ...CHOICES.decode(b), points: { width: 32, data } })
      },
      /point of transfer 0 is none/,
    ],
    [
      'sir_values',
      () => rows.encode({ width: 24, data: new Uint8Array(24) }),
      /other entries than/,
    ],
    [
      'sir_values',
      (b) => rows.encode({ width: 24, data: rows.decode(b).data.map((byte) => byte ^ 1) }),
      /does not open/,
    ],
    ['sir_set', () => Uint8Array.of(1, 2, 3), /The message holds/],
  ]
  for (const [tag, change, pattern] of cases) {
    it(`is stopped at ${tag}: ${pattern.source}`, async () => {
      await assert.rejects(run({ target_cols: ['x0'] }, changed(tag, change)), pattern)
    })
  }

  const VALUES = parts({ form: json, found: uint32s, entries: rows })
  const raw: readonly [string, (bytes: Uint8Array) => Uint8Array, RegExp][] = [
    ['sir_raw_ids', () => Uint8Array.of(0x54, 0), /another number of ids/],
    [
      'sir_raw_values',
      (b) => VALUES.encode({ ...VALUES.decode(b), found: Uint32Array.of(0, 2, 3, 6) }),
      /values that were not asked for/,
    ],
    [
      'sir_raw_values',
      (b) => VALUES.encode({ ...VALUES.decode(b), found: Uint32Array.of(0) }),
      /values that were not asked for/,
    ],
  ]
  for (const [tag, change, pattern] of raw) {
    it(`is stopped at ${tag}: ${pattern.source}`, async () => {
      const params = { target_cols: ['x0'], raw_retrieval: true }
      await assert.rejects(run(params, changed(tag, change)), pattern)
    })
  }
})
