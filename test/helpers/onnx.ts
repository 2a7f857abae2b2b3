/**
 * ONNX models of a few operators, put together byte by byte: https://onnx.ai/onnx/repo-docs/IR.html and the field numbers
 * of its `onnx.proto3`.
 * @module
 */

export interface TinyModel {
  readonly inputs: Readonly<Record<string, readonly (number | string)[]>>
  readonly outputs: Readonly<Record<string, readonly (number | string)[]>>
  readonly nodes: readonly { op: string; from: readonly string[]; to: readonly string[] }[]
  /** Constants of floats. */
  readonly constants?: Readonly<
    Record<string, { dims: readonly number[]; data: readonly number[] }>
  >
}

/** The bytes of a model whose inputs and outputs are floats. */
export function tinyModel({ inputs, outputs, nodes, constants = {} }: TinyModel): Uint8Array {
  const graph = [
    ...nodes.map(({ op, from, to }) =>
      bytes(1, [
        ...from.map((name) => bytes(1, name)),
        ...to.map((name) => bytes(2, name)),
        bytes(4, op),
      ]),
    ),
    bytes(2, 'tiny'),
    ...Object.entries(constants).map(([name, { dims, data }]) => {
      const raw = new Uint8Array(Float32Array.from(data).buffer)
      return bytes(5, [
        ...dims.map((size) => number(1, size)),
        number(2, 1),
        bytes(8, name),
        bytes(9, raw),
      ])
    }),
    ...Object.entries(inputs).map((each) => bytes(11, valueOf(each))),
    ...Object.entries(outputs).map((each) => bytes(12, valueOf(each))),
  ]
  return Buffer.concat([number(1, 8), bytes(7, graph), bytes(8, [number(2, 13)])])
}

function valueOf([name, dims]: [string, readonly (number | string)[]]): Uint8Array[] {
  const shape = dims.map((size) =>
    bytes(1, [typeof size === 'number' ? number(1, size) : bytes(2, size)]),
  )
  return [bytes(1, name), bytes(2, [bytes(1, [number(1, 1), bytes(2, shape)])])]
}

function number(field: number, value: number): Uint8Array {
  return Uint8Array.from([...varint(field << 3), ...varint(value)])
}

function bytes(field: number, content: string | Uint8Array | readonly Uint8Array[]): Uint8Array {
  const body =
    typeof content === 'string'
      ? Buffer.from(content)
      : content instanceof Uint8Array
        ? content
        : Buffer.concat([...content])
  return Buffer.concat([
    Uint8Array.from([...varint((field << 3) | 2), ...varint(body.length)]),
    body,
  ])
}

function varint(value: number): number[] {
  const out: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...out, rest]
    out.push((rest % 128) + 128)
  }
}
