/**
 * What no client means well: every path of the surface gets values of every wrong kind in every field that it documents, and
 * answers with a sentence of its own.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { startRunner, testApp, type TestApp, uploadTable } from '../../helpers/app.ts'
import { trainConf, trainDsl } from '../../helpers/fate-jobs.ts'

interface Schema {
  readonly $ref?: string
  readonly properties?: Readonly<Record<string, unknown>>
}

interface Document {
  readonly paths: Readonly<
    Record<
      string,
      { post?: { requestBody?: { content: Readonly<Record<string, { schema: Schema }>> } } }
    >
  >
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

const DEEP = Array.from({ length: 200 }).reduce<unknown>((inner) => ({ a: [inner] }), {})

/** By what they are called when a test fails. */
const VALUES: Readonly<Record<string, unknown>> = {
  nothing: null,
  'an empty text': '',
  'a path upwards': '../../../etc/passwd',
  'a text with a NUL': 'a\0b',
  'half a surrogate pair': '\uD800',
  SQL: "' OR 1=1; DROP TABLE job; --",
  'a pattern': '%_*?[a-z]',
  'a text of 100,000 letters': 'x'.repeat(100_000),
  'a number below 0': -1,
  'a number beyond integers': 1e308,
  'a fraction': 0.5,
  true: true,
  'an empty list': [],
  'a list of lists': [[['x']]],
  'an object': { $ne: null },
  'a name of every object': { __proto__: { a: 1 }, constructor: 1, toString: 2 },
  'a deep object': DEEP,
}

const WHOLE: Readonly<Record<string, string>> = {
  nothing: '',
  'no JSON': '{',
  null: 'null',
  'a text': '"x"',
  'a number': '1',
  'a list': '[]',
  'a name of every object': '{"__proto__": {"job_id": "1"}, "constructor": {}}',
  'a key a hundred thousand times': `{${Array.from({ length: 20_000 }, (_, at) => `"k${at}":1`).join()}}`,
}

describe('hostile requests to every path of FATE-Flow', () => {
  let test: TestApp
  let fields: Map<string, readonly string[]>
  let base: Record<string, unknown>

  before(async () => {
    test = await testApp()
    const runner = await startRunner(test.db)
    await uploadTable(test, runner, { namespace: 'bank', name: 'guest' })
    await uploadTable(test, runner, { namespace: 'shop', name: 'host' })
    const job = { job_dsl: trainDsl(), job_runtime_conf: trainConf() }
    const { jobId } = await test.post('/v1/job/submit', job)
    await runner.work()
    test.files.imports.add('there.csv')
    base = {
      ...job,
      job_id: jobId,
      role: 'guest',
      party_id: 9999,
      component_name: 'dataio_0',
      metric_name: 'loss',
      metric_namespace: 'train',
      namespace: 'bank',
      table_name: 'guest',
      name: 'guest',
      model_id: 'guest-9999#model',
      // No version that there is: nobody is there to load one.
      model_version: '1',
      tag_name: 'live',
      file: 'there.csv',
      output_path: 'out.csv',
      work_mode: 0,
    }
    const document = (await (await test.app.request('/v1/openapi.json')).json()) as Document
    fields = new Map(
      Object.entries(document.paths).flatMap(([path, { post }]) => {
        if (!post) return []
        const { schema } = post.requestBody?.content['application/json'] ?? {}
        const name = schema?.$ref?.split('/').at(-1) ?? ''
        const own = schema?.properties ?? document.components.schemas[name]?.properties ?? {}
        return [[path, Object.keys(own)]]
      }),
    )
    assert.ok(fields.size > 50, `${fields.size} paths`)
  })
  after(() => test.close())

  /** What of an answer is not of the surface, or tells of the inside; undefined where all is well. */
  async function fault(path: string, body: string): Promise<string | undefined> {
    const before = test.logged.length
    const response = await test.app.request(`/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    const text = await response.text()
    const failed = test.logged.slice(before).find(({ level }) => level === 'error')
    if (failed) return `logs an error: ${failed.message} ${JSON.stringify(failed.fields)}`
    if (![200, 500].includes(response.status)) return `has status ${response.status}`
    if (!(response.headers.get('content-type') ?? '').startsWith('application/json')) return
    const { retcode, retmsg } = JSON.parse(text) as { retcode: unknown; retmsg: unknown }
    if (typeof retmsg !== 'string') return 'has no sentence'
    if (![0, 100, 101, 500].includes(Number(retcode))) return `has retcode ${String(retcode)}`
    if (/node_modules|\.ts:\d|SqliteError|at async|TypeError/.test(text)) return `tells ${text}`
    return retmsg.length > 1000
      ? `has a sentence of ${retmsg.length} letters: ${retmsg}`
      : undefined
  }

  /** Sends all of them, and names every answer that is not as it should be. */
  async function judge(sent: readonly { path: string; what: string; body: string }[]) {
    const faults: string[] = []
    for (const { path, what, body } of sent) {
      const found = await fault(path, body)
      if (found !== undefined) faults.push(`${path} with ${what} ${found.slice(0, 300)}`)
    }
    assert.deepEqual(faults, [])
  }

  it('any body that is no object of theirs', () =>
    judge(
      [...fields.keys()].flatMap((path) =>
        Object.entries(WHOLE).map(([what, body]) => ({ path, what, body })),
      ),
    ))

  it('any value in any field', () =>
    judge(
      [...fields].flatMap(([path, names]) => {
        // A model that is named by its training alone would be loaded.
        const around = /^\/model\/(load|online|bind)$/.test(path) ? { ...base, job_id: null } : base
        return names.flatMap((name) =>
          Object.entries(VALUES).map(([what, value]) => ({
            path,
            what: `${what} as ${name}`,
            body: JSON.stringify({ ...around, [name]: value }),
          })),
        )
      }),
    ))

  it('leave what was there as it was for everybody else', async () => {
    const { retcode } = await test.post('/v1/version/get', {})
    assert.equal(retcode, 0)
    assert.equal(({} as { a?: unknown }).a, undefined)
    const rows = await test.db.selectFrom('job').select('id').limit(1).execute()
    assert.equal(rows.length, 1)
  })
})
