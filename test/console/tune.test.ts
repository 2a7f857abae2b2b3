import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import type { TrainingRequest } from '../../src/api/fedlearn/training.ts'
import { catalogOf } from '../../src/component/catalog.ts'
import { COMPONENTS } from '../../src/component/registry.ts'
import { getJob } from '../../src/domain/job.ts'
import type { FakeRunner } from '../helpers/app.ts'
import { part, policyBreaches, textOf } from './html.ts'
import { matched, post, search, startClients } from './seed-project.ts'
import { type TestConsole, testConsole } from './seed.ts'

describe('a search of parameters in the console', () => {
  let test: TestConsole
  let runner: FakeRunner
  let match = ''

  before(async () => {
    test = await testConsole({ catalog: catalogOf(COMPONENTS.values()) })
    runner = await startClients(test)
    match = await matched(test, runner, 12)
  })
  after(() => test.close())

  /** The form of a page as a browser sends it when nothing was changed but that. */
  async function formOf(model: string, change: Readonly<Record<string, readonly string[]>> = {}) {
    const { html } = await test.page(match.replace('?', `/tune?model=${model}&`))
    const form = new URLSearchParams()
    const body = html.slice(html.indexOf('<form class="stacked"'))
    for (const [tag] of body.slice(0, body.indexOf('</form>')).matchAll(/<input [^>]*>/g)) {
      const [name, value] = ['name', 'value'].map(
        (key) => new RegExp(` ${key}="([^"]*)"`).exec(tag)?.[1].replaceAll('&quot;', '"') ?? '',
      )
      if (!tag.includes('type="checkbox"') || / checked/.test(tag)) form.append(name, value)
    }
    for (const [name, values] of Object.entries(change)) {
      form.delete(name)
      for (const value of values) form.append(name, value)
    }
    return form
  }

  const start = (form: URLSearchParams) => post(test, `${match.split('?')[0]}/tune`, form)
  const requestOf = async (page: string) =>
    (await getJob(test.db, page.split('/')[2])).request as unknown as TrainingRequest

  it('is reached from the form of a training, and leads back to it', async () => {
    const train = (await test.page(match.replace('?', '/train?model=VerticalLR&'))).html
    const link = /href="([^"]*\/tune\?[^"]*)"/.exec(train)?.[1].replaceAll('&amp;', '&') ?? ''
    const { html } = await test.page(link)
    assert.deepEqual(policyBreaches(html), [])
    assert.match(html, /aria-current="page">VerticalLR</)
    assert.match(html, /href="[^"]*\/train\?[^"]*model=VerticalLR"/)
  })

  it('begins with the ranges of the table, and a field for what is not searched', async () => {
    const { html } = await test.page(match.replace('?', '/tune?model=FederatedGB&'))
    const ranges = part(html, 'ranges')
    assert.match(ranges, /name="maxDepth" value="2"[\s\S]*name="maxDepth" value="20"/)
    assert.match(ranges, /name="firstRoundPred" value="AVG" checked/)
    assert.match(part(html, 'parameters'), /name="numBoostRound"[^>]*value="18"/)
    assert.match(part(html, 'parameters'), /name="crossValidation"[^>]*value="0.7"/)
    assert.ok(!ranges.includes('numBoostRound'))
  })

  it('tries several words where several are chosen', async () => {
    const { html } = await test.page(match.replace('?', '/tune?model=FederatedGB&'))
    const ranges = part(html, 'ranges')
    assert.match(ranges, /name="objective" value="regSquare" checked/)
    assert.match(ranges, /name="objective" value="countPoisson"(?! checked)/)
    const objectives = ['regSquare', 'countPoisson']
    const page = await start(await formOf('FederatedGB', { objective: objectives }))
    const { tuning } = await requestOf(page)
    const tried = new Set(tuning?.candidates.map((set) => set['objective']))
    assert.deepEqual(tried, new Set(objectives))
    await runner.work(() => Promise.resolve())
  })

  it('draws within the ranges, and fixes what has equal ends or one word', async () => {
    const page = await start(
      await formOf('FederatedGB', {
        maxDepth: ['3', '5'],
        eta: ['0.1', '0.1'],
        firstRoundPred: ['ZERO'],
        evalMetric: ['RMSE'],
        maxTrials: ['9'],
      }),
    )
    const { params, tuning } = await requestOf(page)
    assert.equal(params['crossValidation'], 0.7)
    assert.equal(tuning?.candidates.length, 9)
    const depths = new Set(tuning?.candidates.map((set) => set['maxDepth']))
    assert.ok(depths.size > 1 && [...depths].every((depth) => [3, 4, 5].includes(Number(depth))))
    for (const set of tuning?.candidates ?? []) {
      assert.equal(set['eta'], 0.1)
      assert.equal(set['firstRoundPred'], 'ZERO')
    }
    await runner.work(() => Promise.resolve())
  })

  it('says at the parameter what is wrong with its range, and keeps what was written', async () => {
    for (const [change, words] of [
      [{ maxDepth: ['1', '5'] }, 'has to lie within 2, 20'],
      [{ maxDepth: ['9', '5'] }, 'has to lie within 2, 20'],
      [{ crossValidation: ['21'] }, '"21", expected a share from 0 to 1, or 2 to 20 folds'],
    ] as const) {
      const [name, values] = Object.entries(change)[0] as [string, readonly string[]]
      const answer = await test.app.request(`${match.split('?')[0]}/tune`, {
        method: 'POST',
        body: await formOf('FederatedGB', change),
      })
      assert.equal(answer.status, 422)
      const html = await answer.text()
      assert.ok(textOf(html).includes(words), words)
      const inputs = [...html.matchAll(/<input [^>]*>/g)].filter(([tag]) =>
        tag.includes(` name="${name}"`),
      )
      assert.equal(inputs.length, values.length)
      for (const [at, [tag]] of inputs.entries()) {
        assert.ok(
          tag.includes(` value="${values[at]}"`) && tag.includes('aria-invalid="true"'),
          tag,
        )
      }
    }
  })

  it('shows its trials while it goes on, and lets one train with the best set', async () => {
    const form = await formOf('FederatedGB', {
      maxDepth: ['3', '9'],
      evalMetric: ['RMSE'],
      maxTrials: ['4'],
      drawSeed: ['7'],
    })
    const page = await start(form)
    const fresh = await test.page(page)
    assert.match(textOf(part(fresh.html, 'trials')), /No trial has ended yet/)
    assert.equal(part(fresh.html, 'metrics'), '')
    const { tuning } = await requestOf(page)
    await search(runner, [0.5, 0.25, 0.75])
    const { html } = await test.page(page)
    assert.deepEqual(policyBreaches(html), [])
    const rows = [...html.matchAll(/<tr role="row" id="trial-(\d)"[\s\S]*?<\/tr>/g)]
    assert.deepEqual(
      rows.map(([row, at]) => [at, /\bbest\b/.test(textOf(row))]),
      [
        ['1', false],
        ['2', true],
        ['3', false],
      ],
    )
    assert.match(textOf(rows[1][0]), /0\.25/)
    assert.match(html, /<svg[^>]*aria-labelledby="trial-scores-title/)
    const link = [...html.matchAll(/href="([^"]*\/train\?[^"]*set=[^"]*)"/g)][0][1]
    const again = await test.page(link.replaceAll('&amp;', '&'))
    const depth = String(tuning?.candidates[1]['maxDepth'])
    assert.match(again.html, new RegExp(`name="maxDepth"[^>]*value="${depth}"`))
    assert.match(again.html, /name="evalMetric" value="RMSE" checked/)
    assert.ok(!again.html.includes('name="evalMetric" value="MAPE" checked'))
  })

  it('cuts folds where the share of rows is a whole number from 2', async () => {
    const page = await start(
      await formOf('VerticalLR', { metricType: ['CROSS_ENTRO'], crossValidation: ['5'] }),
    )
    const { id, graph, request } = await getJob(test.db, page.split('/')[2])
    assert.equal((request as { params: Record<string, unknown> }).params['crossValidation'], 1)
    assert.ok(!graph.some(({ name }) => name === 'split'))
    const train = await test.db
      .selectFrom('task')
      .select('spec')
      .where('job_id', '=', id)
      .where('name', '=', 'train')
      .execute()
    assert.equal(train.length, 2)
    for (const { spec } of train) assert.match(JSON.stringify(spec), /folds\W+5/)
  })

  it('says what all trials promise of labels together, and stays within what is allowed', async () => {
    const noise = { useDP: ['true'], dpEpsilon: ['1'], maxTrials: ['9'] }
    const path = `${match.split('?')[0]}/tune`
    const refused = await test.app.request(path, {
      method: 'POST',
      body: await formOf('RandomForest', { ...noise, maxEpsilon: ['5'] }),
    })
    assert.equal(refused.status, 422)
    const html = await refused.text()
    const [field] = /<input[^>]*name="maxEpsilon"[^>]*>/.exec(html) ?? ['']
    assert.match(field, /aria-invalid="true"[^>]*value="5"/)
    assert.match(textOf(html), /9 sets come to an epsilon of 13 in 13 trainings of 1 each/)
    const inChinese = await test.app.request(path, {
      method: 'POST',
      headers: { 'accept-language': 'zh' },
      body: await formOf('RandomForest', { ...noise, maxEpsilon: ['5'] }),
    })
    assert.match(textOf(await inChinese.text()), /请将 maxTrials 设为至多 3，或减小单次训练的 ε/)

    const token = await start(await formOf('RandomForest', { ...noise, maxEpsilon: ['13'] }))
    const facts = textOf(part((await test.page(token)).html, 'privacy'))
    assert.match(facts, /their epsilons add up/)
    assert.match(
      facts,
      /Epsilon of the whole search, at most 13 Epsilon so far 0 Epsilon of each training 1/,
    )
    assert.match(facts, /use the label of a row 13 Epsilon that is allowed 13 Delta 0/)
    const answer = await test.app.request(token, { headers: { 'accept-language': 'zh' } })
    assert.match(
      textOf(part(await answer.text(), 'privacy')),
      /整个搜索的 ε 上限 13 目前累计的 ε 0/,
    )
    await runner.work(() => Promise.resolve())

    const plain = await test.page(match.replace('?', '/tune?model=VerticalFDNN&'))
    assert.ok(!plain.html.includes('name="maxEpsilon"') && !plain.html.includes('id="privacy"'))
  })
})
