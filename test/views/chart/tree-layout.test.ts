import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import fc from 'fast-check'

import { layoutTree, type TreeShape } from '../../../views/chart/tree-layout.ts'

const node = (id: number, left: number | null = null, right: number | null = null): TreeShape => ({
  id,
  left,
  right,
})

describe('layout of a tree', () => {
  it('a split lies between its branches, leaves one below the other', () => {
    const { nodes, rows, depth } = layoutTree([
      node(0, 1, 2),
      node(1, 3, 4),
      node(2),
      node(3),
      node(4),
    ])
    const placed = Object.fromEntries(nodes.map((one) => [one.node.id, [one.depth, one.row]]))
    assert.deepEqual(placed, { 0: [0, 1.25], 1: [1, 0.5], 2: [1, 2], 3: [2, 0], 4: [2, 1] })
    assert.equal(rows, 3)
    assert.equal(depth, 2)
  })

  it('a node that leads back is drawn once, and one that leads nowhere ends there', () => {
    const { nodes } = layoutTree([node(0, 1, 9), node(1, 0, 1)])
    assert.deepEqual(
      nodes.map((one) => one.node.id),
      [0, 1],
    )
    assert.deepEqual(layoutTree([]), { nodes: [], rows: 0, depth: 0 })
  })

  it('no two nodes share a place, whatever the tree', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 40 }), (choices) => {
        // Grows a tree by splitting the leaf that each number names.
        const tree: { id: number; left: number | null; right: number | null }[] = [
          { id: 0, left: null, right: null },
        ]
        for (const choice of choices) {
          const leaves = tree.filter(({ left }) => left === null)
          const chosen = leaves[choice % leaves.length]
          chosen.left = tree.length
          chosen.right = tree.length + 1
          tree.push({ id: tree.length, left: null, right: null })
          tree.push({ id: tree.length, left: null, right: null })
        }
        const { nodes, rows } = layoutTree(tree)
        assert.equal(nodes.length, tree.length)
        assert.equal(rows, choices.length + 1)
        const places = new Set(nodes.map((one) => `${one.depth} ${one.row}`))
        assert.equal(places.size, tree.length)
      }),
    )
  })
})
