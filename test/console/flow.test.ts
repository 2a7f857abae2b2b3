/**
 * Pages of flows: what one does, and the editor as its buttons are pressed.
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { FLOW_SURFACE, startFlow } from '../../src/api/flow-check.ts'
import { keepFact } from '../../src/domain/fact.ts'
import { deleteFlow, findFlow } from '../../src/domain/flow-job.ts'
import { part, policyBreaches, textOf } from './html.ts'
import { FLOW_DOT, seedFlow } from './seed-flow.ts'
import { type TestConsole, testConsole } from './seed.ts'

describe('pages of flows', () => {
  let test: TestConsole
  before(async () => {
    test = await testConsole()
    await seedFlow(test)
  })
  after(() => test.close())

  const form = {
    name: 'other',
    dot: FLOW_DOT,
    rest: '{}',
    strict: 'true',
    trace: 'false',
    node: '',
  }
  async function press(what: string, more: Record<string, string> = {}) {
    const answer = await test.post('/flows/draft', { ...form, ...more, do: what })
    const html = await answer.text()
    const dot = /<textarea[^>]*name="dot"[^>]*>\n?([^<]*)</.exec(html)?.[1] ?? ''
    return {
      answer,
      html,
      dot: dot.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>'),
    }
  }

  it('tell what the nodes do, on their edges too', async () => {
    const { html, status } = await test.page('/flows/echo')
    assert.equal(status, 200)
    const drawn = textOf(part(html, 'flow-drawing'))
    // Five that wait where twenty a second go through wait a quarter of a second.
    assert.match(drawn, /20\/s 5 waiting, ≈ 250 ms/)
    assert.match(drawn, /1\.5 ms a call · 2 errors/)
    // Every edge says where it leads, and the figures stand in the order of the graph.
    const drawing = part(html, 'flow-drawing')
    assert.equal(drawing.match(/marker-end="url\(#flow-arrow\)"/g)?.length, 1)
    assert.deepEqual(
      [...drawing.matchAll(/id="figures-(\w+)"/g)].map(([, node]) => node),
      ['r', 's'],
    )
    assert.match(textOf(part(html, 'try')), /r · http:\/\/127\.0\.0\.1:1\/x/)
    assert.match(textOf((await test.page('/flows')).html), /echo .*all units are open/)
    for (const path of ['/flows', '/flows/new', '/flows/echo', '/flows/echo/edit'])
      assert.deepEqual(policyBreaches((await test.page(path)).html), [], path)
  })

  it('have the trace of a flow to take away, where it is noted', async () => {
    assert.doesNotMatch((await test.page('/flows/echo')).html, /href="\/flows\/echo\/trace"/)
    assert.equal((await test.page('/flows/echo/trace')).status, 404)
    const source = { graph: { format: 'graphviz', graphconf: FLOW_DOT }, profile: { trace: true } }
    await startFlow(
      test.db,
      { name: 'traced', owner: null },
      { type: 'flow', source, format: 'json' },
    )
    const { html } = await test.page('/flows/traced')
    assert.match(html, /<a[^>]*href="\/flows\/traced\/trace"[^>]*>Trace<\/a>/)
    assert.deepEqual(policyBreaches(html), [])
    const before = await test.page('/flows/traced/trace')
    assert.deepEqual([before.status, JSON.parse(before.html).traceEvents], [200, []])
    const flow = await findFlow(test.db, { surface: FLOW_SURFACE, name: 'traced' })
    const piece = { run: 1, sequence: 0, began: 0, lanes: ['r'], calls: [[0, 1, 2, 3]], left: 0 }
    const fact = { taskId: flow?.task?.id ?? '', key: 'trace.0', value: piece, at: 1 }
    await keepFact(test.db, fact)
    const file = await test.page('/flows/traced/trace')
    assert.equal(file.status, 200)
    assert.match(file.html, /"traceEvents":\[.*"ph":"X"/)
    await deleteFlow(test.db, { id: flow?.job.id ?? '', reason: 'over' })
  })

  it('give the text of a flow back as it was, with a form for each of its nodes', async () => {
    const { html } = await test.page('/flows/echo/edit')
    assert.ok(html.includes('endpoint=&quot;http://127.0.0.1:0/&lt;b&gt;&quot;'))
    const shown = await press('show:s')
    assert.equal(shown.dot, FLOW_DOT)
    assert.match(shown.html, /name="opt\.queue_size"[^>]* value="7"/)
  })

  it('write what is pressed', async () => {
    const added = await press('add:base64_decoder@cpu')
    assert.match(
      added.dot,
      /\n {2}base64_decoder \[type=flowunit, flowunit=base64_decoder, device=cpu.*\]\n\}$/,
    )
    assert.match(textOf(part(added.html, 'flow-problems')), /orphan node: 'base64_decoder'/)
    const set = await press('set', { shown: 's', 'opt.queue_size': '', 'opt.content_type': 'json' })
    assert.match(set.dot, /s \[type=flowunit, flowunit=httpserver_sync_reply, content_type=json\]/)
    const cut = await press('cut:0', { shown: 's' })
    assert.ok(!cut.dot.includes('->'))
    const from = 'r:out_request_info'
    const joined = await press('connect', { shown: 'r', dot: cut.dot, from, to: 's:in_reply_info' })
    assert.match(joined.dot, /r:out_request_info -> s:in_reply_info\n\}/)
    assert.ok(!(await press('remove', { shown: 's' })).dot.includes('s ['))
  })

  it('change nothing in a text that cannot be read, and by no button that does not fit', async () => {
    const dot = 'digraph { a -> '
    assert.equal((await press('add:base64_decoder@cpu', { dot })).dot, dot)
    for (const what of ['add:gone@cpu', 'cut:9', 'cut:x', 'set', 'nothing'])
      assert.equal((await press(what, { shown: 'gone' })).dot, FLOW_DOT, what)
  })

  it('run what is written, and say why not', async () => {
    for (const [more, why] of [
      [{ name: '../x' }, /expected 2 to 64/],
      [{ dot: 'digraph { a [flowunit=gone] }' }, /orphan node/],
      [{ rest: '{' }, /load the page again/],
    ] as const) {
      const { answer, html } = await press('run', more).catch((error: unknown) => {
        throw new Error(JSON.stringify(more), { cause: error })
      })
      assert.equal(answer.status, 422)
      assert.match(textOf(html), why)
    }
    const { answer } = await press('run')
    assert.equal(answer.headers.get('location'), '/flows/other')
    const change = (what: string) => test.post('/flows/other/change', { do: what })
    assert.equal((await change('stop')).status, 303)
    const key = { surface: FLOW_SURFACE, name: 'other' }
    assert.equal((await findFlow(test.db, key))?.job.state, 'canceled')
    await change('restart')
    assert.equal((await findFlow(test.db, key))?.job.state, 'running')
    await change('delete')
    assert.equal(await findFlow(test.db, key), undefined)
    assert.equal((await test.page('/flows/other')).status, 404)
  })

  it('keep what the document says of notes, and as many replicas as are asked for', async () => {
    const more = {
      name: 'threefold',
      replicas: '3',
      trace: 'true',
      rest: '{"profile":{"performance":true,"dir":"notes"}}',
    }
    for (const replicas of ['0', '65', '1.5', 'two']) {
      const { answer, html } = await press('run', { ...more, replicas })
      assert.equal(answer.status, 422, replicas)
      assert.match(textOf(html), /name a whole number from 1 to 64/)
      assert.match(html, new RegExp(`name="replicas"[^>]* value="${replicas}"`))
    }
    assert.equal((await press('run', more)).answer.status, 303)
    const key = { surface: FLOW_SURFACE, name: 'threefold' }
    const flow = await findFlow(test.db, key)
    assert.equal(flow?.tasks.length, 3)
    assert.deepEqual(flow?.job.request['source'], {
      graph: { format: 'graphviz', graphconf: FLOW_DOT, strict: true },
      profile: { performance: true, dir: 'notes', trace: true },
    })
    assert.match(textOf((await test.page('/flows/threefold')).html), /0 of 3 replicas run/)
    const { html } = await test.page('/flows/threefold/edit')
    assert.match(html, /name="replicas"[^>]* value="3"/)
    assert.match(html, /<option value="true" selected(="")?>are noted, for a trace/)
    const rest = /name="rest" value="([^"]*)"/.exec(html)?.[1].replaceAll('&quot;', '"')
    assert.deepEqual(JSON.parse(rest ?? '').profile, {
      performance: true,
      session: false,
      dir: 'notes',
    })
    await deleteFlow(test.db, { id: flow?.job.id ?? '', reason: 'over' })
  })

  it('send a request to a source that the flow has, and to nothing else', async () => {
    for (const [node, why] of [
      ['r', /127\.0\.0\.1:1 does not answer/],
      ['http://127.0.0.1:80', /takes no requests at the moment/],
    ] as const) {
      const fields = { node, method: 'GET', path: '', type: '', body: '' }
      const answer = await test.post('/flows/echo/try', fields)
      assert.equal(answer.status, 422)
      assert.match(textOf(await answer.text()), why)
    }
  })
})
