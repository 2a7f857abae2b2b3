/**
 * An echo server, as a flow or on bare `node:http`: tells its port, then its CPU time between `begin` and `end`.
 * @module
 */
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'

import { buildGraph } from '../../src/flow/stream/graph.ts'
import { openFlow } from '../../src/runner/flow/engine.ts'
import { UNITS } from '../../src/runner/unit/registry.ts'

const GRAPH = `digraph echo {
  receive [flowunit=httpserver_sync_receive, endpoint="http://127.0.0.1:0/example", max_requests=1000]
  reply [flowunit=httpserver_sync_reply]
  receive:out_request_info -> reply:in_reply_info
}`

const port = process.argv[2] === 'flow' ? await openEcho() : await openBare()
console.log(JSON.stringify({ port }))
let began = process.cpuUsage()
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'begin') began = process.cpuUsage()
  else {
    const { user, system } = process.cpuUsage(began)
    const peakMib = Math.round(process.resourceUsage().maxRSS / 1024)
    console.log(JSON.stringify({ cpuMs: (user + system) / 1000, peakMib }))
  }
}

async function openEcho(): Promise<number> {
  const { graph, problems } = buildGraph(GRAPH, { units: UNITS.map((unit) => unit.descriptor) })
  if (!graph) throw new Error(JSON.stringify(problems))
  let listening = 0
  const same = async (path: string) => path
  await openFlow(graph, UNITS, {
    place: {
      readable: same,
      writable: same,
      log: (_, __, text) => {
        listening = Number(/port (\d+)/.exec(text)?.[1] ?? listening)
      },
    },
  })
  return listening
}

/** The same work with nothing around it: reads the whole body, sends it back with its type and length. */
function openBare(): Promise<number> {
  const server = createServer((incoming, outgoing) => {
    const chunks: Uint8Array[] = []
    incoming.on('data', (chunk: Uint8Array) => chunks.push(chunk))
    incoming.on('end', () => {
      const body = Buffer.concat(chunks)
      outgoing.writeHead(200, {
        'Content-Type': 'text/plain;charset=utf-8',
        'Content-Length': body.length,
      })
      outgoing.end(body)
    })
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : 0)
    })
  })
}
