/**
 * Who alone takes what a node gives.
 * @module
 */
import assert from 'node:assert/strict'
import { it } from 'node:test'

import { followerOf } from '../../../src/flow/stream/follower.ts'
import { buildGraph } from '../../../src/flow/stream/graph.ts'
import { mockUnit } from '../../helpers/flow-units.ts'

function followers(nodes: string, edges: string): Record<string, string | undefined> {
  const names = ['test_0_1', 'test_1_1', 'test_2_1', 'test_1_0', 'condition_1_2']
  const dot = `digraph { ${nodes} ${edges} }`
  const { graph, problems } = buildGraph(dot, { units: names.map(mockUnit) })
  assert.ok(graph, JSON.stringify(problems))
  return Object.fromEntries(
    graph.nodes.map((node) => [node.name, followerOf(graph, node)?.config.text('tag', '-')]),
  )
}

it('the next node counts where it is the only one, and has one way in', () => {
  const ends = 'a [flowunit=test_0_1] b [flowunit=test_1_1, tag=b] c [flowunit=test_1_0, tag=c]'
  assert.deepEqual(followers(ends, 'a:o1 -> b:i1 b:o1 -> c:i1'), { a: 'b', b: 'c', c: undefined })
  assert.deepEqual(
    followers(`${ends} e [flowunit=test_1_0]`, 'a:o1 -> b:i1 a:o1 -> e:i1 b:o1 -> c:i1')['a'],
    undefined,
  )
  assert.deepEqual(
    followers(
      `${ends} j [flowunit=test_2_1]`,
      'a:o1 -> b:i1 a:o1 -> j:i1 b:o1 -> j:i2 j:o1 -> c:i1',
    ),
    { a: undefined, b: undefined, c: undefined, j: 'c' },
  )
})

it('branches have none', () => {
  const nodes =
    'a [flowunit=test_0_1] k [flowunit=condition_1_2] b [flowunit=test_1_0] c [flowunit=test_1_0]'
  const found = followers(nodes, 'a:o1 -> k:i1 k:o1 -> b:i1 k:o2 -> c:i1')
  assert.deepEqual(found, { a: '-', k: undefined, b: undefined, c: undefined })
})
