/**
 * Flows of small units for tests: a graph in DOT, functions as units.
 * @module
 */
import { type FlowBuffer, flowBuffer } from '../../../src/flow/stream/buffer.ts'
import { buildGraph } from '../../../src/flow/stream/graph.ts'
import type { FlowUnit, Unit, UnitDescriptor } from '../../../src/flow/stream/unit.ts'
import { openFlow } from '../../../src/runner/flow/engine.ts'
import type { Flow, FlowEnd, FlowOptions } from '../../../src/runner/flow/flow.ts'

export type Shape = Partial<Omit<UnitDescriptor, 'inputs' | 'outputs'>> & {
  readonly inputs?: readonly string[]
  readonly outputs?: readonly string[]
}

/** A unit with ports `in` and `out` unless told otherwise. */
export function mock(name: string, shape: Shape, create: () => Unit): FlowUnit {
  const { inputs = ['in'], outputs = ['out'], ...rest } = shape
  return {
    descriptor: {
      name,
      device: 'cpu',
      version: '1',
      group: 'Test',
      description: 'A mock',
      kind: 'normal',
      options: [],
      ...rest,
      inputs: inputs.map((port) => ({ name: port })),
      outputs: outputs.map((port) => ({ name: port })),
    },
    create,
  }
}

/** A normal unit that maps each buffer by itself. */
export function mapper(
  name: string,
  map: (value: FlowBuffer) => FlowBuffer | Promise<FlowBuffer>,
): FlowUnit {
  return mock(name, {}, () => ({
    async process(context) {
      context
        .output('out')
        .push(...(await Promise.all(context.input('in').map(async (buffer) => map(buffer)))))
    },
  }))
}

/** Opens a graph; its log lands in `logs`. */
export async function startFlow(
  dot: string,
  units: readonly FlowUnit[],
  logs: string[] = [],
  more: Pick<FlowOptions, 'inThread' | 'traced'> = {},
): Promise<Flow> {
  const { graph, problems } = buildGraph(dot, { units: units.map(({ descriptor }) => descriptor) })
  if (!graph) throw new Error(JSON.stringify(problems))
  return openFlow(graph, units, {
    ...more,
    place: {
      readable: async (path) => path,
      writable: async (path) => path,
      log: (node, level, text) => void logs.push(`${node} ${level}: ${text}`),
    },
  })
}

export interface Ran {
  readonly outputs: Readonly<Record<string, unknown[]>>
  readonly error: string | undefined
}

/** Sends `values` through the input `input` and waits for the end; errors show as `!code`. */
export async function runSession(
  flow: Flow,
  values: readonly unknown[],
  input = 'input',
): Promise<Ran> {
  const outputs: Record<string, unknown[]> = {}
  const end = Promise.withResolvers<string | undefined>()
  const session = flow.open({
    onOutput(node, { data, error }) {
      outputs[node] ??= []
      outputs[node].push(error ? `!${error.code}` : data)
    },
    onEnd: ({ error }) => end.resolve(error?.code),
  })
  for (const value of values) {
    await session.room(input)
    session.send(input, [flowBuffer(value as never)])
  }
  session.close()
  return { error: await end.promise, outputs }
}

/** Runs a flow whose sources end by themselves; answers what came to its virtual outputs. */
export async function runToEnd(
  dot: string,
  units: readonly FlowUnit[],
): Promise<{ readonly outputs: readonly unknown[]; readonly end: FlowEnd }> {
  const outputs: unknown[] = []
  const sink = mock('test_sink', { outputs: [], kind: 'stream', exceptionVisible: true }, () => ({
    process(context) {
      outputs.push(
        ...context.input('in').map(({ data, error }) => (error ? `!${error.code}` : data)),
      )
    },
  }))
  const text = dot
    .replace('output [type=output]', 'output [flowunit=test_sink]')
    .replace('-> output ', '-> output:in ')
  const flow = await startFlow(text, [...units, sink])
  return { end: await flow.done, outputs }
}
