/**
 * Changes to a graph's text: what is read afterwards is what was meant, and the rest is as it was written.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import fc from 'fast-check'

import { type DotGraph, parseDot } from '../../../src/flow/stream/dot.ts'
import {
  addEdge,
  addNode,
  isEditable,
  removeEdge,
  removeNode,
  setAttributes,
} from '../../../src/flow/stream/edit.ts'

const TEXT = `digraph demo { // begins
  node [device=cpu]
  a [type=flowunit, flowunit=read, endpoint="http://x/y", ] /* here */
  b[]; c
  a:out -> b:in -> c:in [color=red];
  a:more -> { b:x c:y }
  subgraph one { d [k="1"]; d:o -> c:z }
}
`

interface Model {
  nodes: Record<string, Record<string, string>>
  edges: string[]
}

function read(text: string): Model {
  const dot = parseDot(text)
  if ('status' in dot) throw new Error(`${dot.message}\n${text}`)
  const { nodes, edges }: DotGraph = dot
  const entries = [...nodes].map(([name, { attributes }]) => {
    const values = [...attributes].map(([key, value]) => [key, value.text] as const)
    return [name, Object.fromEntries(values)] as const
  })
  return {
    nodes: Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1))),
    edges: edges
      .map(({ from, to }) => JSON.stringify([from.node, from.port, to.node, to.port]))
      .toSorted(),
  }
}

const edge = (from: string, to: string) => {
  const [[a, b], [c, d]] = [from.split(':'), to.split(':')]
  return { from: { node: a, port: b ?? null }, to: { node: c, port: d ?? null } }
}

describe('a change of a graph’s text', () => {
  it('leaves every other character alone', () => {
    assert.equal(
      setAttributes(TEXT, 'a', { endpoint: 'http://z', queue_size: '4' }),
      TEXT.replace('"http://x/y"', '"http://z", queue_size=4'),
    )
    assert.equal(setAttributes(TEXT, 'a', { flowunit: null }), TEXT.replace('flowunit=read, ', ''))
    assert.equal(setAttributes(TEXT, 'b', { k: '' }), TEXT.replace('b[]', 'b[k=""]'))
    assert.equal(setAttributes(TEXT, 'd', { k: null }), TEXT.replace('[k="1"]', '[]'))
    assert.equal(removeEdge(TEXT, edge('d:o', 'c:z')), TEXT.replace('d:o -> c:z ', ''))
    assert.equal(
      removeEdge(TEXT, edge('a:out', 'b:in')),
      TEXT.replace('a:out -> b:in -> c:in [color=red];', 'b:in -> c:in [color=red];'),
    )
    assert.equal(
      addNode(TEXT, { name: 'e', attributes: { flowunit: 'x y' } }),
      TEXT.replace(/\}\n$/, '  e [flowunit="x y"]\n}\n'),
    )
  })

  it('takes a node away with its edges, out of chains and groups too', () => {
    const { nodes, edges } = read(removeNode(TEXT, 'b'))
    assert.deepEqual(Object.keys(nodes), ['a', 'c', 'd'])
    assert.deepEqual(edges, ['["a","more","c","y"]', '["d","o","c","z"]'])
  })

  it('finds a place where there is hardly a text', () => {
    assert.deepEqual(read(addNode('digraph{}', { name: 'a', attributes: {} })).nodes, { a: {} })
    assert.deepEqual(read(addEdge('digraph {a//x\n}', edge('a:o', 'b:i'))).edges, [
      '["a","o","b","i"]',
    ])
    assert.deepEqual(read(setAttributes('digraph { a -> b }', 'b', { x: '1' })).nodes['b'], {
      x: '1',
    })
  })

  it('is not made to what is no graph', () => {
    assert.equal(isEditable(TEXT), true)
    assert.equal(isEditable('digraph { a -> '), false)
    assert.equal(isEditable(''), false)
  })

  it('reads as what was meant, whatever came before', () => {
    const name = fc.constantFrom('a', 'b', 'node', 'x y', '3', 'été', 'é"q"')
    const port = fc.constantFrom('in', 'n', 'out put')
    const value = fc
      .string({ maxLength: 8, unit: 'grapheme-ascii' })
      // DOT has no way to write a text that ends with a backslash, and keeps those before anything else.
      .map((text) => text.replaceAll('\\', ''))
    const key = fc.constantFrom('flowunit', 'endpoint', 'k-1')
    const ends = fc.record({ node: name, port })
    const step = fc.oneof(
      fc.record({ do: fc.constant('node' as const), name, attributes: fc.dictionary(key, value) }),
      fc.record({ do: fc.constant('set' as const), name, key, value: fc.option(value) }),
      fc.record({ do: fc.constant('remove' as const), name }),
      fc.record({ do: fc.constant('edge' as const), from: ends, to: ends }),
      fc.record({ do: fc.constant('cut' as const), from: ends, to: ends }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        let text = 'digraph {\n}'
        const model: Model = { nodes: {}, edges: [] }
        const touch = (node: string) => (model.nodes[node] ??= {})
        for (const one of steps) {
          if (one.do === 'node') {
            text = addNode(text, one)
            Object.assign(touch(one.name), one.attributes)
          } else if (one.do === 'set') {
            if (one.value === null && !model.nodes[one.name]) continue
            text = setAttributes(text, one.name, { [one.key]: one.value })
            const attributes = touch(one.name)
            if (one.value === null) delete attributes[one.key]
            else attributes[one.key] = one.value
          } else if (one.do === 'remove') {
            text = removeNode(text, one.name)
            const gone = (at: string) =>
              (JSON.parse(at) as string[]).some((x, i) => i % 2 === 0 && x === one.name)
            model.edges = model.edges.filter((at) => !gone(at))
            delete model.nodes[one.name]
          } else {
            const { from, to } = one
            const at = JSON.stringify([from.node, from.port, to.node, to.port])
            if (one.do === 'edge') {
              text = addEdge(text, one)
              if (!model.edges.includes(at)) model.edges.push(at)
            } else {
              text = removeEdge(text, one)
              model.edges = model.edges.filter((known) => known !== at)
            }
          }
        }
        const found = read(text)
        assert.deepEqual(found.edges, model.edges.toSorted())
        const written = Object.entries(model.nodes)
        for (const [node, attributes] of written)
          assert.deepEqual(found.nodes[node] ?? {}, attributes)
        const mentioned = new Set([
          ...Object.keys(model.nodes),
          ...model.edges.flatMap((at) =>
            (JSON.parse(at) as string[]).filter((_, i) => i % 2 === 0),
          ),
        ])
        for (const node of Object.keys(found.nodes)) assert.ok(mentioned.has(node), node)
      }),
      { numRuns: 300 },
    )
  })
})
