import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { catalogOf } from '../../src/component/catalog.ts'
import { COMPONENTS } from '../../src/component/registry.ts'
import type { FateSubmission } from '../../src/console/deps.ts'
import { applyParameters, parameterSections } from '../../src/console/parameter-fields.ts'
import { curlCommand } from '../../src/console/rerun.tsx'
import { jobOf, TEMPLATES } from '../../src/console/templates.ts'
import { parseFateConf } from '../../src/flow/parse/fate-conf.ts'
import { startRunner } from './fake-runner.ts'
import { part, policyBreaches, textOf } from './html.ts'
import { seedFinished, seedTables, type TestConsole, testConsole } from './seed.ts'

const catalog = catalogOf(COMPONENTS.values())

const LR: FateSubmission = {
  job_dsl: { components: { hetero_lr_0: { module: 'HeteroLR' } } },
  job_runtime_conf: {
    role_parameters: { guest: { hetero_lr_0: { init_param: { fit_intercept: [false] } } } },
    algorithm_parameters: { hetero_lr_0: { tol: 0.25, max_iter: 7 } },
  },
}

const fieldOf = (job: FateSubmission, path: string) =>
  parameterSections(catalog, job)[0].fields.find((field) => field.path === path) ??
  assert.fail(`no field ${path}`)

describe('parameters as fields', () => {
  it('every parameter of every component is a field with its default', () => {
    for (const [module, entry] of catalog) {
      const job = { job_dsl: { components: { x_0: { module } } }, job_runtime_conf: {} }
      const [section] = parameterSections(catalog, job)
      assert.equal(section.module, module)
      const keys = Object.keys((entry.paramsSchema()['properties'] ?? {}) as object)
      const shown = new Set(section.fields.map(({ path }) => path.split('.')[0]))
      assert.deepEqual([...shown].toSorted(), keys.toSorted(), module)
      // What is left alone changes nothing.
      const form = Object.fromEntries(section.fields.map(({ name, value }) => [name, value]))
      const { changes, errors } = applyParameters(catalog, job, form)
      assert.deepEqual({ changes, errors }, { changes: [], errors: {} }, module)
    }
  })

  it('kinds follow the schema; names of other releases are read; what a role sets is said', () => {
    assert.equal(fieldOf(LR, 'eps').value, '0.25')
    assert.equal(fieldOf(LR, 'max_iter').kind, 'number')
    assert.deepEqual(fieldOf(LR, 'penalty').options, ['L1', 'L2', 'NONE'])
    assert.equal(fieldOf(LR, 'encrypt_param.key_length').value, '2048')
    assert.match(fieldOf(LR, 'init_param.fit_intercept').hint ?? '', /Set for guest alone/)
    assert.equal(fieldOf(LR, 'init_param.init_method').hint, undefined)
  })

  it('only what was changed is written, next to what was there', () => {
    const { job, changes, errors } = applyParameters(catalog, LR, {
      'p:hetero_lr_0:max_iter': '12',
      'p:hetero_lr_0:penalty': 'L2',
      'p:hetero_lr_0:encrypt_param.key_length': '3072',
      'p:nobody_0:max_iter': '1',
    })
    assert.deepEqual(errors, {})
    assert.deepEqual(job.job_runtime_conf['algorithm_parameters'], {
      hetero_lr_0: { tol: 0.25, max_iter: 12, encrypt_param: { key_length: 3072 } },
    })
    assert.deepEqual(
      changes.map(({ path, from, to }) => [path, from, to]),
      [
        ['max_iter', '7', '12'],
        ['encrypt_param.key_length', '2048', '3072'],
      ],
    )
    assert.deepEqual(LR.job_runtime_conf['algorithm_parameters'], {
      hetero_lr_0: { tol: 0.25, max_iter: 7 },
    })
  })

  it('a configuration of version 2 keeps its form', () => {
    const two = {
      ...LR,
      job_runtime_conf: {
        dsl_version: 2,
        component_parameters: { common: { hetero_lr_0: { max_iter: 3 } }, role: { guest: {} } },
      },
    }
    const { job } = applyParameters(catalog, two, { 'p:hetero_lr_0:alpha': '0.5' })
    assert.deepEqual(job.job_runtime_conf['component_parameters'], {
      common: { hetero_lr_0: { max_iter: 3, alpha: 0.5 } },
      role: { guest: {} },
    })
  })

  it('what cannot be is said at its field, by the component itself', () => {
    const { errors } = applyParameters(catalog, LR, {
      'p:hetero_lr_0:max_iter': '-3',
      'p:hetero_lr_0:learning_rate': 'fast',
      'p:hetero_lr_0:penalty': 'L3',
    })
    assert.deepEqual(Object.keys(errors).toSorted(), [
      'p:hetero_lr_0:learning_rate',
      'p:hetero_lr_0:max_iter',
      'p:hetero_lr_0:penalty',
    ])
    assert.equal(errors['p:hetero_lr_0:learning_rate'], 'Write a number.')
  })
})

describe('templates', () => {
  const choice = {
    name: 'mine',
    label: 'y',
    arbiter: '1',
    guest: { party: '9999', table: { namespace: 'example', name: 'a' } },
    host: { party: '10000', table: { namespace: 'example', name: 'b' } },
  }

  for (const template of TEMPLATES) {
    it(`${template.id} has components of this server with parameters that they take`, () => {
      const job = jobOf(template, choice)
      parseFateConf(job.job_runtime_conf)
      const sections = parameterSections(catalog, job)
      assert.deepEqual(
        sections.map(({ component }) => component),
        template.nodes.map(({ name }) => name),
      )
      for (const { name, module } of template.nodes) {
        catalog.get(module)?.parseParams(template.parameters[name] ?? {})
      }
    })
  }

  it('the command carries the body as it is, whatever the shell would make of it', () => {
    const job = { job_dsl: { a: "it's $HOME `x`" }, job_runtime_conf: {} }
    const command = curlCommand('http://127.0.0.1:1', job)
    const [, body] = /<<'JSON'\n([\s\S]*)\nJSON$/.exec(command) ?? []
    assert.deepEqual(JSON.parse(body), job)
    assert.match(command, /^curl .* 'http:\/\/127\.0\.0\.1:1\/v1\/job\/submit'/)
  })
})

describe('running again and comparing', () => {
  let test: TestConsole
  let id = ''

  before(async () => {
    test = await testConsole({ catalog })
    await seedTables(test.db, await startRunner(test.db))
    id = (await seedFinished(test.db)).id
  })
  after(() => test.close())

  it('the form has every component, the one that was asked for open', async () => {
    const { html } = await test.page(`/jobs/${id}/rerun?component=hetero_lr_0`)
    assert.deepEqual(policyBreaches(html), [])
    assert.match(html, /id="parameters-hetero_lr_0"[^>]* open/)
    assert.ok(!/id="parameters-dataio_0"[^>]* open/.test(html))
    assert.match(textOf(html), /Breast cancer, two parties, again|Run again/)
  })

  it('a changed parameter becomes a new job that says what it is', async () => {
    test.submitted.length = 0
    const answer = await test.post(`/jobs/${id}/rerun`, {
      name: 'Twelve rounds',
      'p:hetero_lr_0:max_iter': '12',
    })
    assert.equal(answer.status, 303)
    assert.match(answer.headers.get('location') ?? '', /^\/jobs\/\d+$/)
    const [sent] = test.submitted as FateSubmission[]
    const { algorithm_parameters: all, job_parameters: about } = sent.job_runtime_conf as Record<
      string,
      Record<string, Record<string, unknown>>
    >
    assert.equal(all['hetero_lr_0']['max_iter'], 12)
    assert.equal(about['name'], 'Twelve rounds')
    assert.match(JSON.stringify(about), new RegExp(`${id} again: hetero_lr_0.max_iter 10 → 12`))
  })

  it('a fault keeps what was written, and nothing is submitted', async () => {
    test.submitted.length = 0
    const answer = await test.post(`/jobs/${id}/rerun`, {
      name: 'x',
      'p:hetero_lr_0:max_iter': 'many',
    })
    assert.equal(answer.status, 422)
    const html = await answer.text()
    assert.match(html, /value="many"/)
    assert.match(html, /id="parameters-hetero_lr_0"[^>]* open/)
    assert.deepEqual(test.submitted, [])
  })

  it('the command is shown in place of submitting', async () => {
    test.submitted.length = 0
    const answer = await test.post(`/jobs/${id}/rerun`, { name: 'x', show: 'curl' })
    assert.equal(answer.status, 200)
    assert.match(textOf(part(await answer.text(), 'curl')), /\/v1\/job\/submit/)
    assert.deepEqual(test.submitted, [])
  })

  it('a template is filled with the tables there are and submitted with its changes', async () => {
    const { html } = await test.page('/jobs/new/template?template=hetero-secureboost')
    assert.deepEqual(policyBreaches(html), [])
    assert.match(html, /aria-current="page"[^>]*>Boosted trees/)
    test.submitted.length = 0
    const fields = {
      template: 'hetero-secureboost',
      name: '',
      guestTable: '["example","breast_guest"]',
      hostTable: '["example","breast_host"]',
      label: 'y',
      guest: '9999',
      host: '10000',
      'p:secureboost_0:num_trees': '9',
    }
    assert.equal((await test.post('/jobs/new/template', fields)).status, 303)
    const [sent] = test.submitted as FateSubmission[]
    const conf = sent.job_runtime_conf as Record<string, Record<string, Record<string, unknown>>>
    assert.equal(conf['algorithm_parameters']['secureboost_0']['num_trees'], 9)
    assert.equal(conf['role']['arbiter'], undefined)
    const wrong = await test.post('/jobs/new/template', { ...fields, label: 'z', guest: '1' })
    assert.equal(wrong.status, 422)
    const text = textOf(await wrong.text())
    assert.match(text, /has no column “z”/)
    assert.match(text, /belongs to party 9999, not to 1/)
  })

  it('jobs are compared side by side; none, too many and strangers are refused', async () => {
    const other = (await seedFinished(test.db, 'The other one')).id
    const { html } = await test.page(`/compare?job=${id}&job=${other}`)
    assert.deepEqual(policyBreaches(html), [])
    assert.match(textOf(part(html, 'scores')), /hetero_lr_0, train AUC 0\.98562 0\.98562/)
    assert.match(textOf(part(html, 'parameters')), /All parameters are the same/)
    assert.match(textOf(html), /Loss of hetero_lr_0/)
    assert.equal((await test.page('/compare')).status, 422)
    assert.equal((await test.page('/compare?job=1')).status, 404)
    const many = Array.from({ length: 7 }, (_, at) => `job=${at}`).join('&')
    assert.equal((await test.page(`/compare?${many}`)).status, 422)
  })
})
