import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Job } from '../../../src/domain/job.ts'
import { depthOf, layoutGraph } from '../../../views/job/graph-layout.ts'

const BOX = { width: 100, height: 40 }

/** `c: ['a', 'b']` is a node c that needs a and b. */
function graph(needs: Record<string, string[]>): Job['graph'] {
  return Object.entries(needs).map(([name, before]) => ({
    name,
    module: 'M',
    needs: before.map((node) => ({ node, kind: 'data' as const })),
  }))
}

describe('graph layout', () => {
  it('a node lies below the longest way to it', () => {
    const depths = depthOf(graph({ a: [], b: ['a'], c: ['a', 'b'], d: [] }))
    assert.deepEqual(Object.fromEntries(depths), { a: 0, b: 1, c: 2, d: 0 })
  })

  it('boxes never overlap and lie inside the drawing', () => {
    const wide = layoutGraph(
      graph({ a: [], b: ['a'], c: ['a'], d: ['a'], e: ['b', 'c', 'd'], f: ['a', 'e'] }),
      BOX,
    )
    for (const node of wide.nodes) {
      assert.ok(node.x >= 0 && node.x + BOX.width <= wide.width, node.name)
      assert.ok(node.y >= 0 && node.y + BOX.height <= wide.height, node.name)
      for (const other of wide.nodes) {
        if (other === node) continue
        const apart =
          Math.abs(node.x - other.x) >= BOX.width || Math.abs(node.y - other.y) >= BOX.height
        assert.ok(apart, `${node.name} covers ${other.name}`)
      }
    }
  })

  it('an edge over several layers passes beside the boxes between its ends', () => {
    const { nodes, edges } = layoutGraph(graph({ a: [], b: ['a'], c: ['a', 'b'] }), BOX)
    const b = nodes.find((node) => node.name === 'b')
    const long = edges.find((edge) => edge.from === 'a' && edge.to === 'c')
    assert.ok(b && long)
    // The path goes straight down (V) where it crosses the layer of b.
    const lane = Number(/([-\d.]+) [-\d.]+V/.exec(long.path)?.[1])
    assert.ok(lane < b.x || lane > b.x + BOX.width, `the edge runs through b at ${lane}`)
  })

  it('every edge starts at the foot of its first box and ends at the head of its last', () => {
    const { nodes, edges } = layoutGraph(graph({ a: [], b: ['a'] }), BOX)
    const [a, b] = nodes
    assert.equal(edges.length, 1)
    assert.ok(edges[0].path.startsWith(`M${a.x + 50} ${a.y + 40}C`))
    assert.ok(edges[0].path.endsWith(`${b.x + 50} ${b.y}`))
  })

  it('data and model between the same two nodes are one edge', () => {
    const node = { name: 'b', module: 'M', needs: [] as { node: string; kind: 'data' | 'model' }[] }
    node.needs.push({ node: 'a', kind: 'model' }, { node: 'a', kind: 'data' })
    const { edges } = layoutGraph([{ name: 'a', module: 'M', needs: [] }, node], BOX)
    assert.deepEqual(
      edges.map(({ from, to, kind }) => [from, to, kind]),
      [['a', 'b', 'data']],
    )
  })

  it('crossings that can be avoided are avoided', () => {
    const { nodes } = layoutGraph(graph({ a: [], b: [], c: ['b'], d: ['a'] }), BOX)
    const x = new Map(nodes.map((node) => [node.name, node.x]))
    const left = (name: string) => x.get(name) ?? NaN
    assert.equal(left('a') < left('b'), left('d') < left('c'))
  })

  it('a circle or an unknown need does not hang it', () => {
    const { nodes } = layoutGraph(graph({ a: ['b'], b: ['a'], c: ['nobody'] }), BOX)
    assert.equal(nodes.length, 3)
  })

  it('no nodes make an empty drawing', () => {
    assert.deepEqual(layoutGraph([], BOX).nodes, [])
  })
})
