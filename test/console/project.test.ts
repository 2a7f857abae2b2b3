import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { catalogOf } from '../../src/component/catalog.ts'
import { COMPONENTS } from '../../src/component/registry.ts'
import { addPartyUrl, listPartyUrls } from '../../src/domain/dataset.ts'
import { getJob, listJobs } from '../../src/domain/job.ts'
import { addressOf, listOffers } from '../../src/domain/offer.ts'
import { csvOf } from '../../views/fedlearn/predict.tsx'
import { type FakeRunner, startRunner } from '../helpers/app.ts'
import { part, policyBreaches, textOf } from './html.ts'
import { columnForm, matched, OFFERS, pair, post, startClients, train } from './seed-project.ts'
import { type TestConsole, testConsole } from './seed.ts'

const catalog = catalogOf(COMPONENTS.values())

function trainForm(page: string, change: Readonly<Record<string, string>> = {}): URLSearchParams {
  const form = new URLSearchParams(page.split('?')[1])
  for (const [name, value] of Object.entries({
    model: 'FederatedGB',
    numBoostRound: '2',
    objective: 'regLogistic',
    evalMetric: 'AUC',
    ...change,
  })) {
    form.set(name, value)
  }
  return form
}

describe('a project', () => {
  let test: TestConsole
  let runner: FakeRunner
  let match = ''

  before(async () => {
    test = await testConsole({ catalog })
    runner = await startClients(test)
    match = await matched(test, runner, 12)
  })
  after(() => test.close())

  it('begins with the data sets that parties offer, and keeps what was chosen in its address', async () => {
    const query = new URLSearchParams({ task: 'credit', data: pair('right', 'calls.csv') })
    const { html } = await test.page(`/projects/new?${query}`)
    assert.deepEqual(policyBreaches(html), [])
    assert.match(html, /<option value="\[&quot;left&quot;,&quot;loans\.csv&quot;\]">/)
    assert.match(html, /<option value="\[&quot;right&quot;,&quot;calls\.csv&quot;\]" selected/)
    assert.match(html, /name="task"[^>]*value="credit"/)
  })

  it('needs a name and two parties', async () => {
    const one = new URLSearchParams({ task: 'credit', data: pair('left', 'loans.csv') })
    for (const [query, words] of [
      [one, 'Choose data sets of two parties or more.'],
      [new URLSearchParams({ data: pair('left', 'loans.csv') }), 'Give the project a name.'],
      ['data=%5B&data=%5B1,2%5D&task=x', 'Choose data sets of two parties or more.'],
    ] as const) {
      const { status, html } = await test.page(`/projects/new/columns?${query}`)
      assert.equal(status, 422)
      assert.ok(textOf(html).includes(words), words)
    }
  })

  it('shows the columns of each, never the ids, with the usual label chosen', async () => {
    const query = new URLSearchParams([
      ['task', 'credit'],
      ...OFFERS.map(({ party, name }) => ['data', pair(party, name)]),
    ])
    const { html } = await test.page(`/projects/new/columns?${query}`)
    const boxes = [...html.matchAll(/<input type="checkbox" name="use" value="([^"]*)" checked/g)]
    assert.deepEqual(
      boxes.map(([, value]) => value.replaceAll('&quot;', '"')),
      [
        pair('left', 'x'),
        pair('left', 'age'),
        pair('left', 'y'),
        pair('right', 'x'),
        pair('right', 'calls'),
      ],
    )
    assert.match(html, /<option value="\[&quot;left&quot;,&quot;y&quot;\]" selected/)
    assert.match(html, /<option value="ECDH" selected/)
  })

  it('refuses an alignment in the words of the surface, and keeps the form', async () => {
    for (const [change, words] of [
      [{ task: 'a-b' }, 'taskId "a-b" cannot be'],
      [{ label: '' }, 'Choose the column of the label.'],
      [{ method: 'GUESS' }, 'matchAlgorithm "GUESS" is unknown'],
    ] as const) {
      const answer = await test.app.request('/projects/match', {
        method: 'POST',
        body: columnForm(change),
      })
      const html = await answer.text()
      assert.equal(answer.status, 422)
      assert.ok(textOf(html).includes(words), textOf(html).slice(0, 600))
      // What was left out is still left out.
      assert.match(
        html,
        /value="\[&quot;right&quot;,&quot;x&quot;\]">|value="\[&quot;right&quot;,&quot;x&quot;\]"\/>/,
      )
    }
  })

  it('refuses to leave out more columns than an address holds', async () => {
    const other = await testConsole({ catalog })
    const wide = Array.from({ length: 1000 }, (_, at) => ({
      name: `column_${at}`,
      dtype: 'float' as const,
    }))
    const [left, right] = OFFERS
    await startRunner(other.db, { datasets: [left, { ...right, features: wide }] })
    const answer = await other.app.request('/projects/match', {
      method: 'POST',
      body: columnForm(),
    })
    assert.equal(answer.status, 422)
    assert.match(textOf(await answer.text()), /So many columns cannot be left out/)
    await other.close()
  })

  it('follows an alignment, and goes on with the rows that all have', async () => {
    const { html } = await test.page(match)
    const text = textOf(part(html, 'alignment'))
    assert.match(text, /left: loans\.csv · right: calls\.csv/)
    assert.match(text, /ECDH: Diffie-Hellman on Curve25519/)
    assert.match(text, /Rows in common 12/)
    assert.ok(!html.includes('hx-trigger="every'), 'it is asked for although it is over')
    assert.match(html, /href="\/projects\/match\/[^"]*\/train\?label=/)
  })

  it('does not go on where nothing is in common', async () => {
    const other = await testConsole({ catalog })
    const page = await matched(other, await startClients(other), 0)
    const { html } = await other.page(page)
    assert.match(textOf(html), /The parties have no row in common/)
    assert.ok(!textOf(part(html, 'alignment')).includes('Choose how to train'))
    await other.close()
  })

  it('asks for parameters as the table of the algorithm has them', async () => {
    const { html } = await test.page(match.replace('?', '/train?model=VerticalLR&'))
    assert.match(textOf(html), /Learns to tell y of left\./)
    assert.match(html, /<select id="optimizer"/)
    assert.match(html, /name="maxEpoch"[^>]*value="30"/)
    assert.match(html, /name="metricType" value="CROSS_ENTRO" checked/)
    assert.ok(!html.includes('numBoostRound'))
    // Only what learns from rows that all clients have.
    for (const [model, offered] of [
      ['VerticalFDNN', true],
      ['MixGBoost', false],
    ] as const)
      assert.equal(textOf(html).includes(model), offered, model)
  })

  it('asks for the label where the way there was not through the columns', async () => {
    const path = `${match.split('?')[0]}/train`
    const { html } = await test.page(path)
    assert.match(html, /<select id="label"/)
    assert.match(html, /<option value="\[&quot;left&quot;,&quot;y&quot;\]"/)
    assert.ok(!html.includes('phone'), 'ids are no label')
    const none = await test.app.request(path, {
      method: 'POST',
      body: new URLSearchParams({ model: 'FederatedGB', label: '' }),
    })
    assert.equal(none.status, 422)
    const again = await none.text()
    assert.ok(textOf(again).includes('Choose the column of the label.'))
    assert.match(again, /<select id="label"/)
  })

  it('says at the parameter what is wrong with it, and keeps what was written', async () => {
    const answer = await test.app.request(match.split('?')[0] + '/train', {
      method: 'POST',
      body: trainForm(match, { numBoostRound: '1000' }),
    })
    assert.equal(answer.status, 422)
    const html = await answer.text()
    assert.match(html, /name="numBoostRound"[^>]*aria-invalid="true"/)
    assert.match(html, /id="numBoostRound-error">&quot;1000&quot;, expected a number from 1 to 100/)
    assert.match(html, /name="evalMetric" value="AUC" checked/)
  })

  it('trains the chosen columns, shows every metric by round and what matters, and is listed', async () => {
    const page = await post(test, `${match.split('?')[0]}/train`, trainForm(match))
    const running = await test.page(page)
    assert.match(running.html, new RegExp(`hx-get="${page}/parts" hx-trigger="every 2s"`))
    assert.match(textOf(part(running.html, 'metrics')), /No round has ended yet/)
    await train(runner)
    const token = page.split('/')[2]
    const { clients } = (await getJob(test.db, token)).request as {
      clients: { party: string; columns: string[] }[]
    }
    assert.deepEqual(
      clients.map(({ party, columns }) => [party, columns]),
      [
        ['left', ['y', 'x', 'age']],
        ['right', ['calls']],
      ],
    )
    const { html } = await test.page(page)
    assert.deepEqual(policyBreaches(html), [])
    assert.match(textOf(part(html, 'metrics')), /AUC 2 0\.91 0\.81/)
    assert.match(html, /<svg[^>]*aria-labelledby="metric-auc-title/)
    const importance = textOf(part(html, 'importance'))
    assert.match(importance, /left: age 7 right: calls 3/)
    assert.ok(!importance.includes('left: x'))
    assert.ok(!html.includes('hx-trigger="every'))
    // The way back has the same choice.
    const again = /href="(\/projects\/match\/[^"]*\/train\?[^"]*)"/.exec(html)?.[1]
    const query = new URLSearchParams(again?.replaceAll('&amp;', '&').split('?')[1])
    assert.deepEqual(query.getAll('without'), [pair('right', 'x')])
    assert.equal(query.get('label'), pair('left', 'y'))

    const model = textOf((await test.page(`${page}/model`)).html)
    assert.match(model, /left loans\.csv y x, age right calls\.csv – calls/)
    assert.match(model, /numBoostRound 2/)
    assert.match(model, /\/api\/inference\/batch/)
    // Its job leads back here; the form that runs jobs of FATE again is not for it.
    const job = (await test.page(`/jobs/${token}`)).html
    assert.ok(job.includes(`href="${page}"`))
    assert.ok(!job.includes('/rerun"'))
    const list = textOf(part((await test.page('/projects')).html, 'trainings'))
    assert.match(list, new RegExp(`credit ${token} FederatedGB Succeeded`))
  })

  it('predicts by id, with a table and a file, and tells rows that not all have', async () => {
    const { items } = await listJobs(test.db, { surface: 'fedlearn', kind: 'train', limit: 1 })
    const page = `/projects/${items[0].id}/predict`
    assert.deepEqual(policyBreaches((await test.page(page)).html), [])
    const none = await test.app.request(page, {
      method: 'POST',
      body: new URLSearchParams({ uids: ' , ' }),
    })
    assert.equal(none.status, 422)
    assert.match(textOf(await none.text()), /Which rows\? Give their ids/)

    const asked = test.app.request(page, {
      method: 'POST',
      body: new URLSearchParams({ uids: 'a, b\nc' }),
    })
    for (let left = 5; left > 0;) {
      for (const task of await runner.claim()) {
        left -= task.name === 'answer' ? 5 : 0
        if (task.name === 'answer') {
          await runner.report(task, {
            type: 'metric',
            namespace: 'answer',
            name: 'score',
            points: [
              ['a', 0.25],
              ['c', 0.75],
            ],
            meta: {},
          })
        }
        await runner.settle(task)
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
    const answer = await asked
    const html = await answer.text()
    assert.equal(answer.status, 200, textOf(html))
    const text = textOf(part(html, 'answer'))
    assert.match(text, /3 rows; 1 of them are not at all parties/)
    assert.match(text, /uid label a 0\.25 b NaN c 0\.75/)
    const file = /href="data:text\/csv;charset=utf-8,([^"]*)" download=/.exec(html)?.[1] ?? ''
    assert.equal(decodeURIComponent(file), 'uid,label\r\na,0.25\r\nb,NaN\r\nc,0.75\r\n')
    assert.match(html, /<textarea[^>]*>a, b\nc<\/textarea>/)
  })

  it('is suspended, resumed and stopped; an unknown change is refused', async () => {
    const page = await post(test, `${match.split('?')[0]}/train`, trainForm(match))
    const token = page.split('/')[2]
    const change = (type: string, back = '/projects') =>
      test.app.request(`${page}/change`, {
        method: 'POST',
        body: new URLSearchParams({ type, back }),
      })
    for (const [type, state, button] of [
      ['suspend', 'suspended', 'Resume'],
      ['resume', 'running', 'Suspend'],
      ['stop', 'canceled', null],
    ] as const) {
      const answer = await change(type)
      assert.equal(answer.headers.get('location'), '/projects')
      assert.equal((await getJob(test.db, token)).state, state)
      const html = (await test.page(page)).html
      if (button === null) assert.ok(!html.includes(`${page}/change`))
      else assert.ok(textOf(html).includes(button), button)
    }
    assert.equal((await change('melt')).status, 422)
    assert.equal((await change('stop', '//evil.example')).status, 422)
  })

  it('forgets a model', async () => {
    const { items } = await listJobs(test.db, {
      surface: 'fedlearn',
      kind: 'train',
      state: 'succeeded',
      limit: 1,
    })
    const page = `/projects/${items[0].id}`
    await post(test, `${page}/delete`, new URLSearchParams())
    assert.equal((await test.page(page)).status, 404)
    const { html } = await test.page('/projects')
    assert.ok(!html.includes(items[0].id))
  })
})

describe('what parties offer', () => {
  it('is listed by party, with whether a live runner has it', async () => {
    const test = await testConsole()
    await startClients(test)
    assert.deepEqual(
      (await listOffers(test.db)).map(({ party, name, live }) => [party, name, live]),
      [
        ['left', 'loans.csv', true],
        ['right', 'calls.csv', true],
      ],
    )
    await test.db.updateTable('runner').set({ seen_at: 0 }).execute()
    assert.deepEqual(
      (await listOffers(test.db)).map(({ live }) => live),
      [false, false],
    )
    await test.close()
  })

  it('is at the address that was entered, else at the runner’s own, else at one that leads nowhere', async () => {
    const { db, close } = await testConsole()
    await startRunner(db, { parties: ['own'], url: 'http://127.0.0.1:7001' })
    await addPartyUrl(db, { party: 'old', url: 'http://old.example:8094' }, 1)
    assert.equal(await addressOf(db, 'old', 2), 'http://old.example:8094')
    assert.equal(await addressOf(db, 'own', 2), 'http://127.0.0.1:7001')
    const made = await addressOf(db, 'a b/ü', 2)
    assert.equal(made, 'http://6120622fc3bc.invalid')
    assert.equal(await addressOf(db, 'a b/ü', 3), made)
    assert.deepEqual(await listPartyUrls(db, 'a b/ü'), [{ url: made, party: 'a b/ü' }])
    await close()
  })
})

describe('a file of predictions', () => {
  it('quotes what would break its lines', () => {
    assert.equal(
      csvOf([
        ['a,"b"', 1],
        ['c\n', 'NaN'],
      ]),
      '"a,""b""",1\r\n"c\n",NaN\r\n',
    )
  })
})
