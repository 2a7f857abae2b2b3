/**
 * One output for each input, where a bad input spoils only its own output.
 * @module
 */
import { errorBuffer, type FlowBuffer } from './buffer.ts'
import { type UnitContext, UnitError } from './unit.ts'

/** From where to where, when a unit has more than one port. */
export interface EachPorts {
  readonly input: string
  readonly output: string
}

/**
 * Pushes what `make` gives for every buffer of the in-port, and an error buffer where it throws: other buffers of a batch
 * may be of other sessions. `index` finds the buffers of further in-ports.
 */
export async function each(
  context: UnitContext,
  { input, output }: EachPorts,
  make: (buffer: FlowBuffer, index: number) => FlowBuffer | Promise<FlowBuffer>,
): Promise<void> {
  const out = context.output(output)
  const made = context.input(input).map(async (buffer, index) => {
    try {
      return await make(buffer, index)
    } catch (error) {
      return errorBuffer(
        { code: codeOf(error), message: error instanceof Error ? error.message : String(error) },
        buffer.meta,
      )
    }
  })
  out.push(...(await Promise.all(made)))
}

function codeOf(error: unknown): string {
  return error instanceof UnitError ? error.code : 'Unit.ProcessError'
}
