/**
 * New jobs: the forms, what is wrong with what they were given, and submission.
 * @module
 */
import { type Context, Hono } from 'hono'
import { z } from 'zod'

import {
  type ChoiceValues,
  ColumnList,
  type FormErrors,
  type JsonValues,
  NewJob,
  OPTIMIZERS,
} from '../../views/job/new.tsx'
import { jobPath } from '../../views/job/task-words.ts'
import { ownOnly } from '../api/access.ts'
import { findJob, type Job } from '../domain/job.ts'
import { type DataTable, listTables } from '../domain/table.ts'
import { asking, type ConsoleDeps, type FateSubmission } from './deps.ts'
import { EXAMPLE_ARBITER, exampleJob } from './example.ts'
import { findByKey, guessTables, textsOf } from './form.ts'
import { heteroLrJob } from './hetero-lr-job.ts'

/** `/jobs/new`. */
export function newJobRoutes(deps: ConsoleDeps): Hono {
  const { db } = deps
  const app = new Hono()

  app.get('/jobs/new', async (c) => {
    const { mode, from } = c.req.query()
    const template = from === undefined ? undefined : await findJob(db, from)
    if (mode === 'json' || template) return jsonForm(c, { values: jsonOf(template), errors: {} })
    const tables = await listTables(db, ownOnly(c))
    return choiceForm(c, { tables, values: defaultsFor(tables), errors: {} })
  })

  app.get('/jobs/new/columns', async (c) => {
    const table = findByKey(await listTables(db, ownOnly(c)), c.req.query('guestTable') ?? '')
    return c.render(<ColumnList columns={table?.columns ?? []} />, { title: 'New job' })
  })

  app.post('/jobs/new', async (c) => {
    const form = textsOf(await c.req.parseBody())
    if (form['mode'] === 'json') {
      const values = { dsl: form['dsl'] ?? '', conf: form['conf'] ?? '' }
      const read = JsonForm.safeParse(values)
      if (!read.success) return jsonForm(c, { values, errors: errorsOf(read.error) })
      const refused = await submit(c, { job_dsl: read.data.dsl, job_runtime_conf: read.data.conf })
      return refused instanceof Response ? refused : jsonForm(c, { values, errors: refused })
    }
    const tables = await listTables(db, ownOnly(c))
    const values = { ...EMPTY, ...pick(form, Object.keys(EMPTY)) }
    const read = choiceSchema(tables).safeParse(values)
    if (!read.success) return choiceForm(c, { tables, values, errors: errorsOf(read.error) })
    const refused = await submit(c, toSubmission(read.data))
    return refused instanceof Response
      ? refused
      : choiceForm(c, { tables, values, errors: refused })
  })

  /** The way to the new job's page, or what the surface says against it. */
  async function submit(c: Context, body: FateSubmission): Promise<Response | FormErrors> {
    const { retcode, retmsg, jobId } = await asking(c, deps).submitFate(body)
    return retcode === 0 && jobId ? c.redirect(jobPath(jobId), 303) : { form: retmsg }
  }

  return app
}

function choiceForm(
  c: Context,
  form: { tables: readonly DataTable[]; values: ChoiceValues; errors: FormErrors },
) {
  return c.render(<NewJob mode="choices" {...form} />, {
    title: 'New job',
    status: Object.keys(form.errors).length > 0 ? 422 : 200,
  })
}

function jsonForm(c: Context, form: { values: JsonValues; errors: FormErrors }) {
  return c.render(<NewJob mode="json" tables={[]} {...form} />, {
    title: 'New job',
    status: Object.keys(form.errors).length > 0 ? 422 : 200,
  })
}

const EMPTY: ChoiceValues = {
  name: '',
  guestTable: '',
  hostTable: '',
  label: 'y',
  guest: '9999',
  host: '10000',
  arbiter: EXAMPLE_ARBITER,
  maxIter: '10',
  learningRate: '0.015',
  optimizer: 'rmsprop',
  penalty: 'L2',
  alpha: '0.01',
  batchSize: '-1',
  keyLength: '2048',
}

const Party = z
  .string()
  .trim()
  .regex(/^\d{1,15}$/, 'A party is named by digits, such as 9999.')
const Positive = (what: string) =>
  numberIn(z.number({ error: `${what} must be a number.` }).positive(`${what} must be above 0.`))
const JsonObject = (what: string) =>
  z.string().transform((text, context): Record<string, unknown> => {
    const add = (message: string) => {
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    }
    if (text.trim() === '') return add(`Paste the ${what} as JSON.`)
    try {
      const value: unknown = JSON.parse(text)
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        return value as Record<string, unknown>
      }
      return add(`The ${what} must be a JSON object, in braces.`)
    } catch (error) {
      return add(`This is not JSON: ${error instanceof Error ? error.message : String(error)}`)
    }
  })

const JsonForm = z.object({
  dsl: JsonObject('DSL').refine((dsl) => 'components' in dsl, {
    error: 'The DSL has no "components": it names every component of the job there.',
  }),
  conf: JsonObject('configuration').refine((conf) => 'initiator' in conf && 'role' in conf, {
    error: 'The configuration needs "initiator" and "role".',
  }),
})

function choiceSchema(tables: readonly DataTable[]) {
  const table = (who: string) =>
    z.string().transform((key, context): DataTable => {
      const found = findByKey(tables, key)
      if (found) return found
      context.addIssue({
        code: 'custom',
        message: key === '' ? `Choose the ${who}’s table.` : 'There is no such table any more.',
      })
      return z.NEVER
    })
  return z
    .object({
      name: z.string().trim().max(200, 'A name has at most 200 characters.'),
      guestTable: table('guest'),
      hostTable: table('host'),
      label: z.string().trim().min(1, 'Name the column that holds the label.'),
      guest: Party,
      host: Party,
      arbiter: Party,
      maxIter: numberIn(
        z
          .number({ error: 'Write a whole number, such as 10.' })
          .int('Write a whole number, such as 10.')
          .min(1, 'At least one iteration is needed.')
          .max(10_000, 'At most 10000 iterations are possible.'),
      ),
      learningRate: Positive('The learning rate'),
      optimizer: z.enum(OPTIMIZERS, { error: 'Choose one of the optimizers.' }),
      penalty: z.enum(['L1', 'L2', 'NONE'], { error: 'Choose one of the penalties.' }),
      alpha: numberIn(
        z
          .number({ error: 'The strength must be a number.' })
          .nonnegative('The strength cannot be below 0.'),
      ),
      batchSize: numberIn(
        z
          .number({ error: 'Write a whole number, or −1 for all rows.' })
          .int('Write a whole number, or −1 for all rows.')
          .refine((size) => size === -1 || size >= 10, 'At least 10 rows, or −1 for all rows.'),
      ),
      keyLength: z.enum(['2048', '3072', '4096'], { error: 'Choose one of the lengths.' }),
    })
    .superRefine((form, context) => {
      const add = (field: string, message: string) =>
        context.addIssue({ code: 'custom', path: [field], message })
      if (form.guest === form.host) add('host', 'The host must be another party than the guest.')
      if (!form.guestTable.columns.includes(form.label)) {
        add('label', `The guest table has no column “${form.label}”.`)
      }
      for (const role of ['guest', 'host'] as const) {
        const owner = form[`${role}Table`].party
        if (owner !== null && owner !== form[role]) {
          add(`${role}Table`, `This table belongs to party ${owner}, not to ${form[role]}.`)
        }
      }
    })
}

type Choice = z.output<ReturnType<typeof choiceSchema>>

function toSubmission(choice: Choice): FateSubmission {
  const { dsl, conf } = heteroLrJob({
    name: choice.name,
    guest: { party: choice.guest, table: choice.guestTable },
    host: { party: choice.host, table: choice.hostTable },
    arbiter: choice.arbiter,
    label: choice.label,
    training: {
      penalty: choice.penalty,
      optimizer: choice.optimizer,
      alpha: choice.alpha,
      max_iter: choice.maxIter,
      batch_size: choice.batchSize,
      learning_rate: choice.learningRate,
      init_param: { init_method: 'zeros' },
      encrypt_param: { key_length: Number(choice.keyLength) },
    },
  })
  return { job_dsl: dsl, job_runtime_conf: conf }
}

function defaultsFor(tables: readonly DataTable[]): ChoiceValues {
  return { ...EMPTY, ...guessTables(tables, EMPTY) }
}

/** What a job was asked with, or the example, as JSON to start from. */
function jsonOf(job: Job | undefined): JsonValues {
  const example = exampleJob()
  const { job_dsl: dsl, job_runtime_conf: conf } = job?.request ?? {
    job_dsl: example.dsl,
    job_runtime_conf: example.conf,
  }
  const text = (value: unknown) => (value === undefined ? '' : JSON.stringify(value, null, 2))
  return { dsl: text(dsl), conf: text(conf) }
}

/** The first message of every field; what concerns no field goes to `form`. */
function errorsOf(error: z.ZodError): FormErrors {
  const errors: Record<string, string> = {}
  for (const { path, message } of error.issues) errors[String(path[0] ?? 'form')] ??= message
  return errors
}

function numberIn<T extends z.ZodType>(schema: T) {
  return z.preprocess((value) => {
    // A minus sign may have been typed as one.
    const text = String(value).trim().replace('−', '-')
    return text === '' ? undefined : Number(text)
  }, schema)
}

function pick(record: Record<string, string>, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(keys.flatMap((key) => (key in record ? [[key, record[key]]] : [])))
}
