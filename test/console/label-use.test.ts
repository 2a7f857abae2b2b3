import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { catalogOf } from '../../src/component/catalog.ts'
import { COMPONENTS } from '../../src/component/registry.ts'
import type { FakeRunner } from '../helpers/app.ts'
import { part, policyBreaches, textOf } from './html.ts'
import { matched, post, startClients } from './seed-project.ts'
import { type TestConsole, testConsole } from './seed.ts'

describe('what trainings of the same labels come to', () => {
  let test: TestConsole
  let runner: FakeRunner
  let match = ''

  before(async () => {
    test = await testConsole({ catalog: catalogOf(COMPONENTS.values()) })
    runner = await startClients(test)
    match = await matched(test, runner, 12)
  })
  after(() => test.close())

  async function train(useDP: string): Promise<string> {
    const form = new URLSearchParams(match.split('?')[1])
    const values = { model: 'VerticalLinearRegression', useDP, dpEpsilon: '1.6', maxEpoch: '1' }
    for (const [name, value] of Object.entries(values)) form.set(name, value)
    const page = await post(test, `${match.split('?')[0]}/train`, form)
    await runner.work()
    return page
  }

  it('stands on the page of the match, of the training and in the ledgers of their jobs', async () => {
    assert.doesNotMatch((await test.page(match)).html, /What trainings tell of a single label/)
    await train('true')
    const noisy = await train('true')
    const id = (path: string) => path.split('?')[0].split('/').at(-1) ?? ''
    for (const [path, section] of [
      [match, 'alignment'],
      [`/jobs/${id(match)}`, 'ledger'],
      [noisy, 'privacy'],
      [`/jobs/${id(noisy)}`, 'ledger'],
    ]) {
      const { html } = await test.page(path)
      assert.deepEqual(policyBreaches(html), [])
      const text = textOf(part(html, section))
      // Two of 1.6 at δ = 1e-8 come to 2.2823 by hand.
      assert.match(text, /y \(left: loans\.csv\)\s+2\.28\s+2\.28\s+1e-8\s+2\s+0\s+no limit/, path)
      assert.match(text, /Not counted: predictions and validations/)
      assert.doesNotMatch(text, /without a bound/)
    }
    // Another training of them is under no noise, and says so.
    const exact = await train('false')
    const text = textOf(part((await test.page(exact)).html, 'privacy'))
    assert.match(text, /This training adds no noise to labels\./)
    assert.match(text, /2\.28\s+2\.28\s+1e-8\s+2\s+1\s+no limit/)
    assert.match(text, /without a bound/)
  })
})
