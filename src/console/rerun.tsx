/**
 * Jobs made of others: run again with other parameters, or of a template.
 * @module
 */
import { type Context, Hono } from 'hono'

import type { FormErrors } from '../../views/job/new.tsx'
import { Rerun } from '../../views/job/rerun.tsx'
import { jobPath, jobTitle } from '../../views/job/task-words.ts'
import { TemplateForm, type TemplateValues } from '../../views/job/template.tsx'
import { ownOnly } from '../api/access.ts'
import { unavailable } from '../domain/error.ts'
import { getJob, type Job } from '../domain/job.ts'
import { type DataTable, listTables } from '../domain/table.ts'
import { asking, type ConsoleDeps, type FateSubmission } from './deps.ts'
import { EXAMPLE_ARBITER } from './example.ts'
import { findByKey, guessTables, textsOf } from './form.ts'
import {
  applyParameters,
  parameterSections,
  type ParameterChange,
  withTexts,
} from './parameter-fields.ts'
import { jobOf, type Template, templatesIn } from './templates.ts'

type Form = Readonly<Record<string, string>>

/** `/jobs/:id/rerun` and `/jobs/new/template`. */
export function rerunRoutes(deps: ConsoleDeps): Hono {
  const { db, catalog } = deps
  const app = new Hono()

  app.get('/jobs/:id/rerun', async (c) => {
    const job = await getJob(db, c.req.param('id'))
    const submission = submissionOf(job)
    // A prediction has the graph of its training, and other APIs have none.
    if (!submission) return c.redirect(`/jobs/new?from=${encodeURIComponent(job.id)}`, 302)
    const open = (c.req.query('component') ?? '').slice(0, 200)
    return rerunForm(c, { job, submission, form: {}, errors: {}, open })
  })

  app.post('/jobs/:id/rerun', async (c) => {
    const job = await getJob(db, c.req.param('id'))
    const submission = submissionOf(job)
    if (!submission) return c.redirect(`/jobs/new?from=${encodeURIComponent(job.id)}`, 303)
    const form = textsOf(await c.req.parseBody())
    const applied = applyParameters(catalog, submission, form)
    const name = (form['name'] ?? '').trim()
    const errors: Record<string, string> = { ...applied.errors }
    if (name.length > 200) errors['name'] = 'A name has at most 200 characters.'
    const view = { job, submission, form, errors, open: '' }
    if (Object.keys(errors).length > 0) return rerunForm(c, view)
    const next = named(applied.job, { name, description: describe(job, applied.changes) })
    if (form['show'] === 'curl') return rerunForm(c, { ...view, command: commandFor(c, next) })
    const { retcode, retmsg, jobId } = await asking(c, deps).submitFate(next)
    if (retcode === 0 && jobId) return c.redirect(jobPath(jobId), 303)
    return rerunForm(c, { ...view, errors: { form: retmsg } })
  })

  app.get('/jobs/new/template', async (c) => {
    const template = templateOf(c.req.query('template'))
    const tables = await listTables(db, ownOnly(c))
    return templateForm(c, { template, tables, values: defaultsFor(tables), form: {}, errors: {} })
  })

  app.post('/jobs/new/template', async (c) => {
    const form = textsOf(await c.req.parseBody())
    const template = templateOf(form['template'])
    const tables = await listTables(db, ownOnly(c))
    const values = { ...EMPTY, ...pickValues(form) }
    const view = { template, tables, values, form }
    const read = readChoice(template, { tables, values })
    const base = jobOf(template, read.choice)
    const applied = applyParameters(catalog, base, form)
    const errors = { ...read.errors, ...applied.errors }
    if (Object.keys(errors).length > 0) return templateForm(c, { ...view, errors })
    if (form['show'] === 'curl') {
      return templateForm(c, { ...view, errors, command: commandFor(c, applied.job) })
    }
    const { retcode, retmsg, jobId } = await asking(c, deps).submitFate(applied.job)
    if (retcode === 0 && jobId) return c.redirect(jobPath(jobId), 303)
    return templateForm(c, { ...view, errors: { form: retmsg } })
  })

  function rerunForm(
    c: Context,
    view: {
      job: Job
      submission: FateSubmission
      form: Form
      errors: FormErrors
      open: string
      command?: string
    },
  ) {
    const { job, submission, form, errors, open, command } = view
    const sections = withTexts(parameterSections(catalog, submission), form)
    const name = form['name'] ?? `${jobTitle(job)}, again`.slice(0, 200)
    return c.render(
      <Rerun
        job={job}
        name={name}
        sections={sections}
        errors={errors}
        open={open}
        command={command}
      />,
      { title: 'Run again', status: statusOf(errors) },
    )
  }

  function templateForm(
    c: Context,
    view: {
      template: Template
      tables: readonly DataTable[]
      values: TemplateValues
      form: Form
      errors: FormErrors
      command?: string
    },
  ) {
    const { template, tables, values, form, errors, command } = view
    const { choice } = readChoice(template, { tables, values })
    const sections = withTexts(parameterSections(catalog, jobOf(template, choice)), form)
    return c.render(
      <TemplateForm
        templates={templatesIn(catalog)}
        current={template.id}
        tables={tables}
        values={values}
        sections={sections}
        errors={errors}
        command={command}
      />,
      { title: 'New job', status: statusOf(errors) },
    )
  }

  function templateOf(id: string | undefined): Template {
    const templates = templatesIn(catalog)
    const template = templates.find((one) => one.id === id) ?? templates.at(0)
    if (!template) {
      throw unavailable('This server has none of the components that templates use: submit JSON')
    }
    return template
  }

  function commandFor(c: Context, job: FateSubmission): string {
    return curlCommand(deps.settings.publicUrl ?? new URL(c.req.url).origin, job)
  }

  return app
}

/** The command that submits a job as a client of FATE-Flow does. */
export function curlCommand(base: string, job: FateSubmission): string {
  // JSON has no line that says JSON alone, and a quoted end keeps the shell from reading anything in between.
  const body = JSON.stringify(job, null, 2)
  return `curl -H 'content-type: application/json' -d @- '${base}/v1/job/submit' <<'JSON'\n${body}\nJSON`
}

/** What a job was submitted with, where that can be submitted again. */
function submissionOf(job: Job): FateSubmission | undefined {
  const { job_dsl: dsl, job_runtime_conf: conf } = job.request
  if (job.surface !== 'fate' || !isRecord(dsl) || !isRecord(conf)) return undefined
  return 'components' in dsl ? { job_dsl: dsl, job_runtime_conf: conf } : undefined
}

function named(job: FateSubmission, words: { name: string; description: string }): FateSubmission {
  const conf = job.job_runtime_conf
  const name = words.name === '' ? {} : { name: words.name }
  const more = { ...name, description: words.description }
  const all = isRecord(conf['job_parameters']) ? conf['job_parameters'] : {}
  const isTwo = String(conf['dsl_version']) === '2'
  const common = isRecord(all['common']) ? all['common'] : {}
  const parameters = isTwo ? { ...all, common: { ...common, ...more } } : { ...all, ...more }
  return { ...job, job_runtime_conf: { ...conf, job_parameters: parameters } }
}

function describe(job: Job, changes: readonly ParameterChange[]): string {
  const words = changes.map(
    ({ component, path, from, to }) => `${component}.${path} ${from || 'none'} → ${to || 'none'}`,
  )
  const what = words.length === 0 ? 'nothing changed' : words.join(', ')
  return `Job ${job.id} again: ${what}`.slice(0, 500)
}

const EMPTY: TemplateValues = {
  name: '',
  guestTable: '',
  hostTable: '',
  label: 'y',
  guest: '9999',
  host: '10000',
  arbiter: EXAMPLE_ARBITER,
}

function defaultsFor(tables: readonly DataTable[]): TemplateValues {
  return { ...EMPTY, ...guessTables(tables, EMPTY) }
}

function pickValues(form: Form): Partial<TemplateValues> {
  const names = Object.keys(EMPTY).filter((name) => name in form)
  return Object.fromEntries(names.map((name) => [name, form[name].trim()]))
}

function readChoice(
  template: Template,
  { tables, values }: { tables: readonly DataTable[]; values: TemplateValues },
) {
  const errors: Record<string, string> = {}
  const { name, label, guest, host, arbiter } = values
  const tableOf = (role: 'guest' | 'host') => {
    const key = values[`${role}Table`]
    const found = findByKey(tables, key)
    if (!found) {
      errors[`${role}Table`] =
        key === '' ? `Choose the ${role}’s table.` : 'There is no such table any more.'
    } else if (found.party !== null && found.party !== values[role]) {
      errors[`${role}Table`] = `This table belongs to party ${found.party}, not to ${values[role]}.`
    }
    return { namespace: found?.namespace ?? '', name: found?.name ?? '' }
  }
  const [guestTable, hostTable] = [tableOf('guest'), tableOf('host')]
  const parties = [
    ['guest', guest],
    ['host', host],
    ...(template.hasArbiter ? [['arbiter', arbiter] as const] : []),
  ] as const
  for (const [role, party] of parties) {
    if (!/^\d{1,15}$/.test(party)) errors[role] = 'A party is named by digits, such as 9999.'
  }
  if (guest === host) errors['host'] ??= 'The host must be another party than the guest.'
  if (name.length > 200) errors['name'] = 'A name has at most 200 characters.'
  const columns = findByKey(tables, values.guestTable)?.columns
  if (label === '') errors['label'] = 'Name the column that holds the label.'
  else if (columns && !columns.includes(label)) {
    errors['label'] = `The guest table has no column “${label}”.`
  }
  const choice = {
    name,
    label,
    arbiter,
    guest: { party: guest, table: guestTable },
    host: { party: host, table: hostTable },
  }
  return { choice, errors }
}

function statusOf(errors: FormErrors): 200 | 422 {
  return Object.keys(errors).length > 0 ? 422 : 200
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
