/**
 * Graphs of flow units: what is accepted, and what is said about what is not.
 * @module
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { buildGraph } from '../../../src/flow/stream/graph.ts'
import { mockUnit, type ValidationCase, validationCases } from '../../helpers/flow-units.ts'
import { ROOT } from '../../helpers/place.ts'

const PUBLISHED = join(ROOT, '..', 'shared', 'data', 'modelbox', 'validation-cases.txt')

const OWN = `
chain | a=test_0_1, b=test_1_1, c=test_1_0 | a.o1>b.i1 b.o1>c.i1 | STATUS_OK
two components | a=test_0_1, b=test_1_0, c=test_0_1, d=test_1_0 | a.o1>b.i1 c.o1>d.i1 | STATUS_BADCONF
two inputs are one session | a=input, b=input, j=test_2_0 | a>j.i1 b>j.i2 | STATUS_OK
two sources do not match | a=test_0_1, b=test_0_1, j=test_2_0 | a.o1>j.i1 b.o1>j.i2 | STATUS_BADCONF
circle | a=test_0_1, b=test_2_2, c=test_1_1, d=test_1_0 | a.o1>b.i1 b.o1>c.i1 c.o1>b.i2 b.o2>d.i1 | STATUS_BADCONF
two loops in a row | a=test_0_1, b=test_loop, c=test_loop, d=test_1_0 | a.o1>b.i1 b.o1>b.i1 b.o2>c.i1 c.o1>c.i1 c.o2>d.i1 | STATUS_OK
stream in a loop | a=test_0_1, b=test_loop, c=test_1_1, d=test_1_0 | a.o1>b.i1 b.o1>c.i1 c.o1>b.i1 b.o2>d.i1 | STATUS_FAULT
nested expands | a=test_0_1, b=expand_1_1, c=expand_1_1, d=collapse_1_1, e=collapse_1_1, f=test_1_0 | a.o1>b.i1 b.o1>c.i1 c.o1>d.i1 d.o1>e.i1 e.o1>f.i1 | STATUS_OK
collapse of two expands | a=test_0_1, b=expand_1_1, c=expand_1_1, d=collapse_2_1, e=test_1_0 | a.o1>b.i1 a.o1>c.i1 b.o1>d.i1 c.o1>d.i2 d.o1>e.i1 | STATUS_BADCONF
collapse inside a branch | a=test_0_1, b=expand_1_1, c=condition_1_2, d=collapse_1_1, e=test_1_0, f=test_1_0 | a.o1>b.i1 b.o1>c.i1 c.o1>d.i1 d.o1>e.i1 c.o2>f.i1 | STATUS_BADCONF
branches to their own ends | a=test_0_1, b=condition_1_2, c=test_1_0, d=test_1_0 | a.o1>b.i1 b.o1>c.i1 b.o2>d.i1 | STATUS_OK
some branches together | a=test_0_1, b=condition_1_3, c=test_1_0, d=test_1_0 | a.o1>b.i1 b.o1>c.i1 b.o2>c.i1 b.o3>d.i1 | STATUS_OK
`

function check({ dot, units, expected }: ValidationCase): void {
  const { problems } = buildGraph(dot, { units })
  const status = problems[0]?.status ?? 'STATUS_OK'
  const said = JSON.stringify(problems)
  if (expected === 'not STATUS_OK') assert.notEqual(status, 'STATUS_OK')
  else assert.equal(status, expected === 'STATUS_SUCCESS' ? 'STATUS_OK' : expected, said)
}

describe('graphs that match and graphs that do not', () => {
  for (const one of validationCases(OWN)) it(one.name, () => check(one))
})

describe('the published validation cases', { skip: !existsSync(PUBLISHED) }, () => {
  const cases = existsSync(PUBLISHED) ? validationCases(readFileSync(PUBLISHED, 'utf8')) : []
  for (const one of cases) it(one.name, () => check(one))
})

describe('problems of a graph', () => {
  const units = [mockUnit('test_0_1'), mockUnit('test_1_1'), mockUnit('test_1_0')]
  const problemsOf = (dot: string, options = {}) => buildGraph(dot, { units, ...options }).problems

  it('all are told at once, each with its place', () => {
    const problems = problemsOf(`digraph demo {
  a [flowunit=test_0_1]
  b [flowunit=test_9_9, queue_size=0]
  lonely [flowunit=test_1_1]
  odd [type=unit]
  a:o1 -> c:nowhere
  c [flowunit=test_1_0]
}`)
    assert.deepEqual(
      problems.map(({ place, node }) => [node, place?.line, place?.column]),
      [
        ['b', 3, 36],
        ['b', 3, 3],
        ['lonely', 4, 3],
        ['odd', 5, 3],
        ['c', 6, 11],
        ['c', 6, 11],
      ],
    )
    assert.match(problems[0].message, /"queue_size" of node 'b' is "0"/)
    assert.match(problems[2].message, /orphan node: 'lonely', use graph\.strict=false/)
    assert.match(problems[3].message, /unsupport node type\. name: 'odd' type: 'unit'/)
    assert.match(problems[4].message, /there is no in port "nowhere": there are i1/)
  })

  it('an unknown unit is named, with what there is', () => {
    const [{ status, message }] = problemsOf(
      'digraph { x [flowunit=mnist_infer, device=cpu] x:a -> y:b y [flowunit=test_1_0] }',
    )
    assert.equal(status, 'STATUS_NOTFOUND')
    assert.match(
      message,
      /create flowunit 'mnist_infer' failed\. -> can not find flowunit \[type: cpu, name:mnist_infer\]/,
    )
  })

  it('a text that is no DOT is told of with line and column', () => {
    const [{ status, place }] = problemsOf('digraph {\n a [x=1\n [ }')
    assert.deepEqual([status, place], ['STATUS_FAULT', { line: 3, column: 2 }])
    assert.match(problemsOf('graph { a -- b }')[0].message, /undirected/)
    assert.match(problemsOf('digraph { }')[0].message, /graph is empty, no node/)
  })
})

describe('nodes', () => {
  it('ports may be called like compass points', () => {
    const unit = (name: string, inputs: string[], outputs: string[]) => ({
      ...mockUnit('test_1_1'),
      name,
      inputs: inputs.map((port) => ({ name: port })),
      outputs: outputs.map((port) => ({ name: port })),
    })
    const units = [unit('source', [], ['n', 's/x']), unit('sink', ['c', 'w'], [])]
    const { graph, problems } = buildGraph(
      'digraph { source; a [flowunit=source] a:n -> b:c a:"s/x" -> b:w b [flowunit=sink] }',
      { units, strict: false },
    )
    assert.deepEqual(problems, [])
    assert.deepEqual(
      graph?.edges.map(({ from, to }) => [from.port, to.port]),
      [
        ['n', 'c'],
        ['s/x', 'w'],
      ],
    )
  })

  it('take defaults, arguments and variables, and the graph’s own sizes', () => {
    const dot = `digraph {
  queue_size=7
  node [shape=Mrecord, x="from default"]
  a [flowunit=test_0_1, y=$speed, z="\${PLACE}/v", queue_size=3, label=ignored]
  b [flowunit=test_1_0, batch_size=4, x="1, 2"]
  a:o1 -> b:i1
  a:o1 -> b:i1
}`
    const { graph } = buildGraph(dot, {
      units: [mockUnit('test_0_1'), { ...mockUnit('test_1_0'), maxBatch: 2 }],
      args: { speed: '3' },
      env: { PLACE: '/tmp' },
    })
    const [a, b] = graph?.nodes ?? []
    assert.deepEqual(a.settings, { x: 'from default', y: '3', z: '/tmp/v' })
    assert.deepEqual([a.queueSize, b.queueSize, b.batchSize], [3, 7, 2])
    assert.deepEqual(b.settings, { x: '1, 2' })
    assert.equal(graph?.edges.length, 1)
    assert.deepEqual([graph?.distance.get('a'), graph?.distance.get('b')], [1, 0])
  })

  it('an argument or a variable that is not given is a problem', () => {
    const dot =
      'digraph { a [flowunit=test_0_1, x=$gone, y="${HOME}"] a:o1 -> b:i1 b [flowunit=test_1_0] }'
    const units = [mockUnit('test_0_1'), mockUnit('test_1_0')]
    const { problems } = buildGraph(dot, { units, env: {} })
    assert.match(problems[0].message, /names the argument \$gone, which is not given/)
    assert.match(problems[1].message, /the variable \$\{HOME\}/)
  })
})
