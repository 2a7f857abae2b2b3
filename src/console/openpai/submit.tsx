/**
 * `/batch/new`: a job document or a form; `/batch/check` says what a document would come to.
 * @module
 */
import { type Context, Hono } from 'hono'

import {
  Check,
  type CommonValues,
  SubmitPage,
  type Verdict,
} from '../../../views/openpai/submit.tsx'
import { batchPath } from '../../../views/openpai/words.tsx'
import { checkDocument, submitDocument } from '../../api/openpai/submission.ts'
import { clustersOf } from '../../domain/account.ts'
import { totalsOf } from '../../domain/framework-plan.ts'
import { type Framework, listVersions, type NewFramework } from '../../domain/framework.ts'
import type { Principal } from '../../domain/principal.ts'
import { DEFAULT_CLUSTER, listClusters } from '../../domain/virtual-cluster.ts'
import { withPaiName, withPaiVersion } from '../../flow/parse/pai-edit.ts'
import type { ConsoleDeps } from '../deps.ts'
import { textsOf } from '../form.ts'
import { personOf, refusalOf } from './caller.ts'
import { commonDocument, EXAMPLES } from './documents.ts'
import { findNamed, numberOf } from './find.ts'

const NEW: CommonValues = {
  name: '',
  command: '',
  instances: '1',
  cpu: '1',
  memoryMB: '512',
  gpu: '0',
  retries: '0',
  image: '',
  virtualCluster: DEFAULT_CLUSTER,
  priority: '',
}

/** Leaves room for a number in the 255 characters of a name. */
const LONGEST_STEM = 240

/** The pages and the check. */
export function batchSubmitRoutes(deps: ConsoleDeps): Hono {
  const { db } = deps
  const app = new Hono()

  app.get('/batch/new', async (c) => {
    const caller = await personOf(c, deps)
    const { mode, from, example = 'single' } = c.req.query()
    if (mode === 'form') return form(c, { caller, values: NEW, errors: {} })
    if (from === undefined) {
      const text = Object.hasOwn(EXAMPLES, example)
        ? EXAMPLES[example as keyof typeof EXAMPLES]
        : ''
      return document(c, { caller, text })
    }
    const job = await findNamed(db, from, caller, numberOf(c.req.query('version')))
    if (c.req.query('again') === undefined)
      return document(c, { caller, text: await withFreeName(job, caller) })
    const newest = (await listVersions(db, job)).at(-1) ?? job.version
    return document(c, { caller, text: withPaiVersion(job.config, newest + 1) })
  })

  app.post('/batch/check', async (c) => {
    const caller = await personOf(c, deps)
    const { text = '' } = textsOf(await c.req.parseBody())
    return c.render(<Check verdict={await judge(caller, text)} />, { title: 'Batch' })
  })

  app.post('/batch/new', async (c) => {
    const caller = await personOf(c, deps)
    const { text = '' } = textsOf(await c.req.parseBody())
    return submit(c, caller, text)
  })

  app.post('/batch/new/form', async (c) => {
    const caller = await personOf(c, deps)
    const fields = textsOf(await c.req.parseBody())
    const values = Object.fromEntries(
      Object.entries(NEW).map(([name, usual]) => [name, (fields[name] ?? usual).trim()]),
    ) as Record<keyof CommonValues, string>
    const made = commonDocument(values)
    if ('errors' in made) return form(c, { caller, values, errors: made.errors })
    if (fields['show'] !== undefined) return document(c, { caller, text: made.text })
    const problem = await refusalOf(() => checkDocument(deps, caller, made.text))
    if (problem !== undefined) return form(c, { caller, values, errors: {}, problem })
    return submit(c, caller, made.text)
  })

  /** The document of a job under a name that the caller has no job of, counted up. */
  async function withFreeName({ name, config }: Framework, caller: Principal): Promise<string> {
    const stem = name.replace(/_\d{1,6}$/, '').slice(0, LONGEST_STEM)
    for (let number = 1; ; number += 1) {
      const free = number === 1 ? name : `${stem}_${number}`
      const taken = await listVersions(db, { owner: caller.name, name: free })
      if (taken.length === 0) return number === 1 ? config : withPaiName(config, free)
    }
  }

  async function submit(c: Context, caller: Principal, text: string) {
    let job: NewFramework | undefined
    const problem = await refusalOf(async () => {
      job = await submitDocument(deps, caller, text.replaceAll('\r\n', '\n'))
    })
    return job ? c.redirect(batchPath(job), 303) : document(c, { caller, text, problem })
  }

  async function judge(caller: Principal, text: string): Promise<Verdict | undefined> {
    if (text.trim() === '') return undefined
    let job: NewFramework | undefined
    const problem = await refusalOf(async () => {
      job = await checkDocument(deps, caller, text.replaceAll('\r\n', '\n'))
    })
    const totals = job ? totalsOf(job.plan) : { tasks: 0, gpus: 0 }
    const { tasks, gpus } = totals
    return { problem, name: job?.name ?? '', tasks, gpus, warnings: job?.warnings ?? [] }
  }

  async function document(c: Context, page: { caller: Principal; text: string; problem?: string }) {
    const { caller, text, problem } = page
    // A refusal is said once, above.
    const verdict = problem === undefined ? await judge(caller, text) : undefined
    const hidden = text.includes('secrets: "******"')
    return c.render(
      <SubmitPage mode="yaml" text={text} verdict={verdict} hidden={hidden} problem={problem} />,
      { title: 'Submit a batch job', status: problem === undefined ? 200 : 422 },
    )
  }

  async function form(
    c: Context,
    page: {
      caller: Principal
      values: CommonValues
      errors: Readonly<Record<string, string>>
      problem?: string
    },
  ) {
    const { caller, values, errors, problem } = page
    const clusters = caller.account
      ? await clustersOf(db, caller.account)
      : (await listClusters(db)).map(({ name }) => name)
    const wrong = problem !== undefined || Object.keys(errors).length > 0
    return c.render(
      <SubmitPage
        mode="form"
        values={values}
        errors={errors}
        clusters={clusters}
        problem={problem}
      />,
      { title: 'Submit a batch job', status: wrong ? 422 : 200 },
    )
  }

  return app
}
