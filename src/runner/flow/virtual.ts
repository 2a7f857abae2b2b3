/**
 * The nodes through which a program feeds a graph and reads from it.
 * @module
 */
import type { FlowNode } from '../../flow/stream/graph.ts'
import type { Unit } from '../../flow/stream/unit.ts'
import { FlowSession } from './session.ts'

/** The code of a virtual node: hands on what it is given. */
export function virtualUnit({ name, virtual, inputs, outputs }: FlowNode): Unit {
  if (virtual === 'input')
    return {
      process(context) {
        context.output(outputs[0]).push(...context.external)
      },
    }
  return {
    process(context) {
      for (const buffer of context.input(inputs[0]))
        if (context.session instanceof FlowSession) {
          context.session.deliver(name, buffer)
          if (buffer.error) context.session.fail(buffer.error)
        }
    },
  }
}
