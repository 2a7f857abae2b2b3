import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { renderToString } from 'hono/jsx/dom/server'

import { TreeModel } from '../../../views/param/trees.tsx'

const end = { leftNodeid: -1, rightNodeid: -1, isLeaf: true, fid: -1, weight: 0 }
const choice = { feature: '', tree: 1, href: () => '#' }

describe('a model of trees with several outputs', () => {
  it('shows a weight a class in its leaves, and trees of no single class', () => {
    const tree = [
      { id: 0, sitename: 'guest', fid: 0, leftNodeid: 1, rightNodeid: 2, isLeaf: false },
      { ...end, id: 1, moWeight: [0.25, -0.125, 0] },
      { ...end, id: 2, moWeight: [-0.5, 0.0625, 1] },
    ]
    const param = {
      treeNum: 2,
      treeDim: 1,
      classes: ['1', '2', '3'],
      trees: [0, 1].map(() => ({ tree, splitMaskdict: { 0: 1.5 } })),
      featureNameFidMapping: { age: 0 },
    }
    const html = renderToString(TreeModel({ id: 'm', param, choice }))
    assert.match(html, /0\.25, -0\.125, 0</)
    assert.match(html, /-0\.5, 0\.0625, 1</)
    assert.match(html, /Tree 2 of 2</)
    assert.doesNotMatch(html, /, class /)
  })
})

describe('a split in the drawing', () => {
  it('keeps the whole number of a condition whose name is too long for its box', () => {
    const tree = [
      { id: 0, sitename: 'guest', fid: 0, leftNodeid: 1, rightNodeid: 2, isLeaf: false },
      { ...end, id: 1 },
      { ...end, id: 2 },
    ]
    const param = {
      trees: [{ tree, splitMaskdict: { 0: 0.03212 } }],
      featureNameFidMapping: { mean_fractal_dimension: 0 },
    }
    const html = renderToString(TreeModel({ id: 'm', param, choice: { ...choice, tree: 0 } }))
    assert.match(html, />mean_fractal_d… ≤ 0\.03212</)
    assert.match(html, /<title>Node 0, guest: mean_fractal_dimension ≤ 0\.03212</)
  })
})
