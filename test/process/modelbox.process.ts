/**
 * ModelBox's documented example on a real server: submitted as curl sends it, answered over HTTP, still there after a
 * restart, gone after its deletion.
 * @module
 */
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'

import { freePort, freshFolder, removeFolders, start, until } from './cluster.ts'

/** The document's file `flow-example`, but for the port, which must be free here. */
const example = (port: number) => `{
    "job_id": "flow-example",
    "job_graph": {
      "graph": {
        "format":"graphviz",
        "graphconf": [
          " digraph demo { ",
          "          httpserver_sync_receive[type=flowunit, flowunit=httpserver_sync_receive, device=cpu, deviceid=0, endpoint=\\"http://127.0.0.1:${port}/example\\", max_requests=10, time_out=5000]",
          "          httpserver_sync_reply[type=flowunit, flowunit=httpserver_sync_reply, device=cpu, deviceid=0]",
          "          httpserver_sync_receive:out_request_info -> httpserver_sync_reply:in_reply_info",
          "  }"
        ]
      },
      "driver": {
        "dir": "",
        "skip-default": "false"
      }
    }
}
`

describe('the documented flow example', () => {
  const folders: string[] = []
  after(() => removeFolders(folders))

  it('is taken, echoes, outlives a restart of everything, tells of a port in use, and is deleted', async () => {
    const folder = await freshFolder('modelbox')
    folders.push(folder)
    const open = () =>
      start({
        entry: 'start.ts',
        env: { WEFT_DATA_DIR: folder, WEFT_PORT: '0' },
        ready: /^weft listening on (http:\/\/127\.0\.0\.1:\d+)$/,
      })
    const port = await freePort()
    const echo = `http://127.0.0.1:${port}/example`
    // What `curl -X PUT --data @flow-example` sends: no line ends, and the content type of a form.
    const put = (base: string, text: string) =>
      fetch(`${base}/v1/modelbox/job`, {
        method: 'PUT',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: text.replaceAll('\n', ''),
      })
    const status = async (base: string) => {
      const answer = await fetch(`${base}/v1/modelbox/job/flow-example`)
      return ((await answer.json()) as { job_status?: string }).job_status
    }

    let server = await open()
    const taken = await put(server.match[1], example(port))
    assert.deepEqual([taken.status, await taken.text()], [201, ''])
    await until('the flow', async () => (await status(server.match[1])) === 'RUNNING')
    const body = 'a request\nwith two lines'
    const answer = await fetch(`${echo}?x=1`, { method: 'POST', body })
    assert.deepEqual([answer.status, await answer.text()], [200, body])

    const again = await put(server.match[1], example(port).replace('flow-example', 'second'))
    const refusal = (await again.json()) as { error_code: string; error_msg: string }
    assert.deepEqual([again.status, refusal.error_code], [400, 'MODELBOX_008'])
    assert.match(refusal.error_msg, /already registered: give the unit another path or port/)

    assert.equal(await server.stop(), 0)
    await assert.rejects(fetch(echo))
    server = await open()
    const base = server.match[1]
    await until('the flow after the restart', async () => (await status(base)) === 'RUNNING')
    assert.equal(await (await fetch(echo, { method: 'PUT', body: 'again' })).text(), 'again')

    const gone = await fetch(`${base}/v1/modelbox/job/flow-example`, { method: 'DELETE' })
    assert.equal(gone.status, 204)
    await until('the end of the deleted flow', () =>
      fetch(echo).then(
        () => false,
        () => true,
      ),
    )
    assert.equal(await server.stop(), 0)
  })
})
