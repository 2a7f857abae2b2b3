/**
 * httpserver_async: a session for each HTTP request, which is answered before it is worked on.
 * @module
 */
import type { FlowUnit, Unit } from '../../flow/stream/unit.ts'
import { HTTP_OPTIONS, openSource, requestBuffer } from './http-receive.ts'

export const httpserverAsync: FlowUnit = {
  descriptor: {
    name: 'httpserver_async',
    device: 'cpu',
    version: '1.0.0',
    group: 'Input',
    description: 'Takes HTTP requests and answers 202 at once',
    kind: 'normal',
    inputs: [],
    outputs: [
      { name: 'out_request_info', description: 'The body; method, uri and headers beside it' },
    ],
    options: HTTP_OPTIONS,
  },
  create: createAsync,
}

function createAsync(): Unit {
  let close: (() => Promise<void>) | undefined
  let alive = 0

  return {
    async open(config, host) {
      const endpoint = config.text('endpoint')
      const most = config.integer('max_requests')
      close = await openSource(config, host, {
        admit: () => (alive >= most ? 429 : undefined),
        handle(request, reply) {
          // Others may have come in while its body was read.
          if (alive >= most) {
            reply.send(429)
            return
          }
          alive++
          const input = host.openSession({
            onEnd({ error }) {
              alive--
              if (error) host.log('warning', `A request failed: ${error.message}`)
            },
          })
          reply.send(202)
          input.send([requestBuffer(request, endpoint)])
          input.close()
        },
      })
    },
    process(context) {
      context.output('out_request_info').push(...context.external)
    },
    close: () => close?.(),
  }
}
