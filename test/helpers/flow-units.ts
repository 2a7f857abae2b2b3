/**
 * Descriptions of mock units by their names, as the published validation cases call them, and those cases as graphs.
 * @module
 */
import type { UnitDescriptor } from '../../src/flow/stream/unit.ts'

/** `test_1_2`, `condition_1_2`, `test_2_1_normal`, `test_loop`, …: ports i1… and o1…. */
export function mockUnit(name: string): UnitDescriptor {
  const special = { test_loop: [1, 2], test_loop_invalid: [2, 2] } as Record<string, number[]>
  const [ins, outs] = special[name] ?? (/_(\d)_(\d)/.exec(name) ?? []).slice(1).map(Number)
  const [head] = name.split('_')
  const role = name.startsWith('test_loop')
    ? 'loop'
    : head === 'condition' || head === 'expand' || head === 'collapse'
      ? head
      : undefined
  const ports = (count: number, letter: string) =>
    Array.from({ length: count }, (_, index) => ({ name: `${letter}${index + 1}` }))
  return {
    name,
    device: 'cpu',
    version: '1',
    group: 'Test',
    description: 'A mock',
    kind: role !== undefined || name.endsWith('_normal') ? 'normal' : 'stream',
    role,
    inputs: ports(ins, 'i'),
    outputs: ports(outs, 'o'),
    options: [],
  }
}

export interface ValidationCase {
  readonly name: string
  readonly dot: string
  readonly units: readonly UnitDescriptor[]
  readonly expected: string
}

/** Reads `name | node=unit, … | a.o1>b.i1 … | status` lines. */
export function validationCases(text: string): ValidationCase[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name, nodes, edges, expected] = line.split('|').map((part) => part.trim())
      const pairs = nodes.split(',').map((pair) => pair.trim().split('='))
      const isVirtual = (node: string) =>
        pairs.some(([own, unit]) => own === node && (unit === 'input' || unit === 'output'))
      const end = (at: string) => {
        const [node, port] = at.split('.')
        return isVirtual(node) || port === undefined ? node : `${node}:${port}`
      }
      const lines = [
        ...pairs.map(([node, unit]) =>
          unit === 'input' || unit === 'output'
            ? `${node} [type=${unit}]`
            : `${node} [type=flowunit, flowunit=${unit}, device=cpu]`,
        ),
        ...edges.split(/\s+/).map((edge) => edge.split('>').map(end).join(' -> ')),
      ]
      const units = [...new Set(pairs.map(([, unit]) => unit))].filter(
        (unit) => unit !== 'input' && unit !== 'output',
      )
      return {
        name,
        dot: `digraph demo {\n${lines.join('\n')}\n}`,
        units: units.map(mockUnit),
        expected,
      }
    })
}
