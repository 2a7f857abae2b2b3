/**
 * data_source_generator: one buffer with all of its settings as JSON, for data_source_parser.
 * @module
 */
import { flowBuffer } from '../../flow/stream/buffer.ts'
import type { FlowUnit } from '../../flow/stream/unit.ts'

export const dataSourceGenerator: FlowUnit = {
  descriptor: {
    name: 'data_source_generator',
    device: 'cpu',
    version: '1.0.0',
    group: 'Input',
    description: 'Emits its settings as one JSON text',
    kind: 'normal',
    inputs: [],
    outputs: [{ name: 'out_data', description: 'The settings as JSON; source_type beside it' }],
    options: [
      { name: 'source_type', type: 'string', description: 'Which source: url, obs, restful, …' },
      { name: 'url', type: 'string', description: 'Where it is, for the type url' },
      { name: 'url_type', type: 'string', description: 'file or stream, for the type url' },
    ],
  },
  create: () => ({
    open(config, host) {
      const settings = Object.fromEntries(config.names.map((name) => [name, config.text(name)]))
      const meta = { source_type: config.text('source_type', '') }
      const input = host.openSession()
      input.send([flowBuffer(JSON.stringify(settings), meta)])
      input.close()
    },
    process(context) {
      context.output('out_data').push(...context.external)
    },
  }),
}
