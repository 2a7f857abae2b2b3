import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import fc from 'fast-check'

import { sortGraph } from '../../src/flow/graph.ts'

interface Node {
  readonly name: string
  readonly needs: readonly { readonly node: string }[]
}

const node = (name: string, ...needs: string[]): Node => ({
  name,
  needs: needs.map((need) => ({ node: need })),
})

/** Nodes n0…, each needing some of those before it, then shuffled. */
const dag = fc
  .integer({ min: 1, max: 30 })
  .chain((size) =>
    fc.tuple(
      fc.tuple(
        ...Array.from({ length: size }, (_, index) =>
          index === 0 ? fc.constant<number[]>([]) : fc.uniqueArray(fc.nat(index - 1)),
        ),
      ),
      fc.infiniteStream(fc.nat()),
    ),
  )
  .map(([needs, keys]) => {
    const nodes = needs.map((list, index) => node(`n${index}`, ...list.map((need) => `n${need}`)))
    const weights = new Map(nodes.map(({ name }) => [name, Number(keys.next().value)]))
    return nodes.toSorted((a, b) => (weights.get(a.name) ?? 0) - (weights.get(b.name) ?? 0))
  })

describe('sortGraph', () => {
  it('puts every node of a random acyclic graph behind those it needs, and loses none', () => {
    fc.assert(
      fc.property(dag, (nodes) => {
        const sorted = sortGraph(nodes)
        assert.ok('order' in sorted)
        const place = new Map(sorted.order.map(({ name }, index) => [name, index]))
        assert.deepEqual([...place.keys()].toSorted(), nodes.map(({ name }) => name).toSorted())
        for (const { name, needs } of sorted.order) {
          for (const need of needs) assert.ok(place.get(need.node)! < place.get(name)!)
        }
      }),
    )
  })

  it('finds a planted cycle and names only nodes that lie on it', () => {
    fc.assert(
      fc.property(dag, fc.integer({ min: 1, max: 8 }), fc.nat(), (nodes, length, at) => {
        const ring = Array.from({ length }, (_, index) =>
          node(`ring${index}`, `ring${(index + 1) % length}`),
        )
        const cut = at % (nodes.length + 1)
        // Some ordinary node waits for the ring, so that it is entered from outside as well.
        const [first, ...rest] = nodes
        const entered = { ...first, needs: [...first.needs, { node: 'ring0' }] }
        const all = [entered, ...rest]
        const sorted = sortGraph([...all.slice(0, cut), ...ring, ...all.slice(cut)])
        assert.ok('cycle' in sorted)
        assert.equal(sorted.cycle.length, length + 1)
        assert.equal(sorted.cycle.at(0), sorted.cycle.at(-1))
        assert.deepEqual(new Set(sorted.cycle), new Set(ring.map(({ name }) => name)))
      }),
    )
  })

  it('keeps the given order where nothing speaks against it', () => {
    const nodes = [node('b'), node('a'), node('d', 'c'), node('c')]
    const sorted = sortGraph(nodes)
    assert.deepEqual('order' in sorted && sorted.order.map(({ name }) => name), [
      'b',
      'a',
      'c',
      'd',
    ])
  })

  it('tells a cycle in the direction of the data', () => {
    const sorted = sortGraph([node('a', 'c'), node('b', 'a'), node('c', 'b')])
    assert.deepEqual(sorted, { cycle: ['a', 'b', 'c', 'a'] })
  })

  it('sorts a chain of 50,000 nodes without running out of stack', () => {
    const chain = Array.from({ length: 50_000 }, (_, index) =>
      index === 49_999 ? node(`n${index}`) : node(`n${index}`, `n${index + 1}`),
    )
    const sorted = sortGraph(chain)
    assert.ok('order' in sorted)
    assert.equal(sorted.order[0].name, 'n49999')
  })

  it('refuses a need that names no node, and two nodes of one name', () => {
    assert.throws(() => sortGraph([node('a', 'x')]), RangeError)
    assert.throws(() => sortGraph([node('a'), node('a')]), RangeError)
  })
})
