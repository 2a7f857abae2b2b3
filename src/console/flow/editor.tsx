/**
 * `/flows/new` and `/flows/:name/edit`: a flow is written, drawn, checked and run.
 * @module
 */
import { type Context, Hono } from 'hono'

import { FlowEditor, FlowEditorParts } from '../../../views/flow/editor.tsx'
import { FileFlow } from '../../../views/flow/flow.tsx'
import { flowPath } from '../../../views/flow/list.tsx'
import { ownerIn } from '../../api/access.ts'
import { FLOW_SURFACE, startFlow } from '../../api/flow-check.ts'
import { WeftFlowBody, WeftFlowName } from '../../api/weft/flow-schema.ts'
import { DomainError, invalid } from '../../domain/error.ts'
import { findFlow, getFlow } from '../../domain/flow-job.ts'
import { readDocument } from '../../flow/stream/document.ts'
import type { ConsoleDeps } from '../deps.ts'
import { textsOf } from '../form.ts'
import {
  changeDraft,
  type DraftForm,
  draftOf,
  EMPTY_FORM,
  FIRST_DOT,
  formOf,
  knownUnits,
  sourceOf,
} from './draft.ts'

/** The editor's pages and the one address that its form is sent to. */
export function flowEditorRoutes({ db }: ConsoleDeps): Hono {
  const app = new Hono()

  app.get('/flows/new', async (c) => {
    const draft = await draftOf(db, { ...EMPTY_FORM, dot: FIRST_DOT }, { isKnown: false })
    return c.render(<FlowEditor draft={draft} />, { title: 'New flow' })
  })

  app.get('/flows/:name/edit', async (c) => {
    const name = c.req.param('name')
    const { job, tasks } = await getFlow(db, { surface: FLOW_SURFACE, name })
    const title = () => name
    const { source, format } = job.request as { source?: unknown; format?: 'json' | 'toml' }
    const read = readDocument(source, format)
    if ('problems' in read) {
      // It was taken though nothing of it can be read; a new text may take its place.
      const draft = await draftOf(db, { ...EMPTY_FORM, name }, { isKnown: true })
      return c.render(<FlowEditor draft={draft} />, { title })
    }
    const { document } = read
    if (document.graphFile !== null)
      return c.render(<FileFlow name={name} file={document.graphFile} />, { title })
    const form = formOf({ name, replicas: tasks.length || 1 }, document)
    const draft = await draftOf(db, form, { isKnown: true })
    return c.render(<FlowEditor draft={draft} />, { title })
  })

  // Where the switch of languages leads back to.
  app.get('/flows/draft', (c) => c.redirect('/flows/new', 302))

  app.post('/flows/draft', async (c) => {
    const fields = new Map(Object.entries(textsOf(await c.req.parseBody())))
    const sent = readForm(fields)
    const what = fields.get('do') ?? ''
    if (what === 'run') return run(c, sent)
    const form = changeDraft(sent, what, { fields, units: await knownUnits(db) })
    return answer(c, form, form.dot !== sent.dot)
  })

  async function answer(c: Context, form: DraftForm, isTextNew: boolean, refusal?: string) {
    const isKnown = (await findFlow(db, { surface: FLOW_SURFACE, name: form.name })) !== undefined
    const draft = await draftOf(db, form, {
      isKnown,
      ...(refusal === undefined ? {} : { refusal }),
    })
    const view =
      c.req.header('HX-Request-Type') === 'partial' ? (
        <FlowEditorParts draft={draft} isTextNew={isTextNew} />
      ) : (
        <FlowEditor draft={draft} />
      )
    return c.render(view, { title: 'New flow', ...(refusal === undefined ? {} : { status: 422 }) })
  }

  async function run(c: Context, form: DraftForm) {
    try {
      const named = WeftFlowName.safeParse({ flow: form.name })
      if (!named.success) throw invalid(`The name "${form.name}": ${named.error.issues[0].message}`)
      const replicas = replicasIn(form)
      const source = sourceOf(form)
      await startFlow(
        db,
        { name: form.name, owner: ownerIn(c) },
        { type: 'flow', source, format: 'json', replicas },
      )
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      return answer(c, form, false, error.message)
    }
    if (c.req.header('HX-Request-Type') !== 'partial') return c.redirect(flowPath(form.name), 303)
    c.header('HX-Redirect', flowPath(form.name))
    return c.body(null, 204)
  }

  return app
}

function replicasIn({ replicas }: DraftForm): number {
  const read = WeftFlowBody.shape.replicas.safeParse(replicas === '' ? undefined : Number(replicas))
  if (read.success) return read.data
  throw invalid(`The replicas "${replicas}": name a whole number from 1 to 64`)
}

function readForm(fields: ReadonlyMap<string, string>): DraftForm {
  const text = (name: string) => fields.get(name) ?? ''
  return {
    name: text('name').trim(),
    // Forms send every line end as two characters.
    dot: text('dot').replaceAll('\r\n', '\n'),
    rest: text('rest'),
    strict: text('strict') !== 'false',
    trace: text('trace') === 'true',
    replicas: text('replicas').trim(),
    node: text('node'),
  }
}
