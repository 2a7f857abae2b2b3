/**
 * video_input: the address of a video, as often as asked.
 * @module
 */
import { flowBuffer } from '../../flow/stream/buffer.ts'
import type { FlowUnit } from '../../flow/stream/unit.ts'

export const videoInput: FlowUnit = {
  descriptor: {
    name: 'video_input',
    device: 'cpu',
    version: '1.0.0',
    group: 'Input',
    description: 'Begins with a video file or stream',
    kind: 'normal',
    inputs: [],
    outputs: [{ name: 'out_video_url', description: 'The address as a text' }],
    options: [
      { name: 'source_url', type: 'string', description: 'A file or an address', required: true },
      { name: 'repeat', type: 'int', description: 'How often it is played', default: '1' },
    ],
  },
  create: () => ({
    open(config, host) {
      const url = config.text('source_url')
      const repeat = config.integer('repeat')
      if (repeat < 1 || repeat > 10_000)
        throw new RangeError(`repeat is ${repeat}: a video is played 1 to 10000 times`)
      for (let time = 0; time < repeat; time++) {
        const input = host.openSession()
        input.send([flowBuffer(url, { source_url: url })])
        input.close()
      }
    },
    process(context) {
      context.output('out_video_url').push(...context.external)
    },
  }),
}
