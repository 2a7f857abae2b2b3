/**
 * `/flows` and `/flows/:name`: what flows there are, what one does at the moment, a request to try.
 * @module
 */
import { type Context, Hono } from 'hono'

import {
  FlowLive,
  FlowPage,
  type FlowPageProps,
  type FlowTrial,
} from '../../../views/flow/flow.tsx'
import { flowPath, FlowsPage } from '../../../views/flow/list.tsx'
import { ownOnly } from '../../api/access.ts'
import { FLOW_SURFACE, getTrace, startFlow } from '../../api/flow-check.ts'
import {
  type FlowListener,
  TRIAL_METHODS,
  type TrialAnswer,
  tryListener,
} from '../../api/flow-probe.ts'
import { DomainError, invalid } from '../../domain/error.ts'
import { deleteFlow, type FlowJob, getFlow, listFlows } from '../../domain/flow-job.ts'
import { isJobOver } from '../../domain/job-state.ts'
import { stopJob } from '../../domain/job.ts'
import { tailLog } from '../../domain/log.ts'
import { listMetrics } from '../../domain/metric.ts'
import { readDocument } from '../../flow/stream/document.ts'
import type { ConsoleDeps } from '../deps.ts'
import { localPath } from '../local-path.ts'
import { knownUnits } from './draft.ts'
import { momentsOf, sketchOf } from './sketch.ts'

const LINES = 100
/** Characters of an answer that are shown. */
const MOST_SHOWN = 64 * 1024
const IMAGE = /^image\/(png|jpeg|gif|webp)\b/

/** The pages. */
export function flowPageRoutes({ db, now }: ConsoleDeps): Hono {
  const app = new Hono()

  app.get('/flows', async (c) => {
    const flows = await listFlows(db, { surface: FLOW_SURFACE, ...ownOnly(c) })
    return c.render(<FlowsPage flows={flows} now={now()} />, { title: 'Flows' })
  })

  for (const path of ['/flows/:name', '/flows/:name/live'] as const) {
    app.get(path, async (c) => {
      const { props } = await look(c.req.param('name'))
      const isPart = path.endsWith('/live') && c.req.header('HX-Request-Type') === 'partial'
      const view = isPart ? <FlowLive {...props} /> : <FlowPage {...props} />
      return c.render(view, { title: () => props.flow.job.name })
    })
  }

  app.get('/flows/:name/trace', async (c) => {
    const name = c.req.param('name')
    c.header('Content-Disposition', `attachment; filename="${encodeURIComponent(name)}.trace.json"`)
    return c.json(await getTrace(db, name))
  })

  app.get('/flows/:name/try', (c) => c.redirect(flowPath(c.req.param('name')), 302))

  app.post('/flows/:name/try', async (c) => {
    const { props, found } = await look(c.req.param('name'))
    const form = await c.req.parseBody()
    const trial = await tried(form, found)
    return c.render(<FlowPage {...props} trial={trial} />, {
      title: () => props.flow.job.name,
      ...(trial.problem === undefined ? {} : { status: 422 }),
    })
  })

  app.post('/flows/:name/change', async (c) => {
    const name = c.req.param('name')
    const form = await c.req.parseBody()
    const flow = await getFlow(db, { surface: FLOW_SURFACE, name })
    await change(flow, form['do'])
    const back = typeof form['back'] === 'string' ? localPath(form['back']) : undefined
    return c.redirect(back ?? flowPath(name), 303)
  })

  async function change({ job, task }: FlowJob, what: unknown): Promise<void> {
    if (what === 'stop') await stopJob(db, { id: job.id, reason: 'Stopped in the console' })
    else if (what === 'delete')
      await deleteFlow(db, { id: job.id, reason: 'Deleted in the console' })
    else if (what === 'restart') {
      if (task?.spec.type !== 'flow') throw invalid(`Flow "${job.name}" has no task: put it anew`)
      await startFlow(db, job, task.spec)
    } else throw invalid('A flow can be stopped, restarted or deleted')
  }

  async function look(
    name: string,
  ): Promise<{ props: FlowPageProps; found: ReadonlyMap<string, FlowListener> }> {
    const flow = await getFlow(db, { surface: FLOW_SURFACE, name })
    const { job, task } = flow
    const { source, format } = job.request as { source?: unknown; format?: 'json' | 'toml' }
    const read = readDocument(source, format)
    const dot = 'document' in read ? (read.document.graphconf ?? '') : ''
    const [units, metrics, lines] = await Promise.all([
      knownUnits(db),
      listMetrics(db, { jobId: job.id, name: 'throughput', withPoints: false }),
      tailLog(db, { jobId: job.id, limit: LINES }),
    ])
    const { moments, listeners } = momentsOf(metrics)
    // What it took when it ran says nothing of who listens there now.
    const isOpen = !isJobOver(job.state) && task?.state === 'running'
    const found = isOpen ? listeners : new Map<string, FlowListener>()
    return {
      found,
      props: {
        flow,
        sketch: sketchOf(dot, { units, problems: [] }).sketch,
        moments,
        listeners: [...found].map(([node, { url }]) => [node, url] as const),
        lines,
        methods: TRIAL_METHODS,
        traced: 'document' in read && read.document.trace,
        now: now(),
      },
    }
  }

  return app
}

type Form = Awaited<ReturnType<Context['req']['parseBody']>>

async function tried(form: Form, found: ReadonlyMap<string, FlowListener>): Promise<FlowTrial> {
  const text = (name: string) => (typeof form[name] === 'string' ? form[name] : '')
  const asked = {
    node: text('node'),
    method: text('method'),
    path: text('path').trim(),
    contentType: text('type').trim(),
    body: text('body'),
  }
  const { file } = form
  try {
    const listener = found.get(asked.node)
    if (!listener) throw invalid('The flow takes no requests at the moment: see that it runs')
    const isFile = file instanceof File && file.size > 0
    const body = isFile
      ? new Uint8Array(await file.arrayBuffer())
      : new TextEncoder().encode(asked.body)
    const contentType = isFile && file.type !== '' ? file.type : asked.contentType
    if (!/^[\x20-\x7e]*$/.test(contentType))
      throw invalid('The type of the body has odd characters')
    return { ...asked, answer: shown(await tryListener(listener, { ...asked, contentType, body })) }
  } catch (error) {
    if (error instanceof DomainError) return { ...asked, problem: error.message }
    throw error
  }
}

/** An answer as text or picture; anything else is told by its size. */
function shown({ body, contentType, ...answer }: TrialAnswer): NonNullable<FlowTrial['answer']> {
  const image = IMAGE.exec(contentType)?.[0]
  const whole = { ...answer, contentType, size: body.length }
  if (image !== undefined && answer.isWhole)
    return { ...whole, text: null, image: `data:${image};base64,${base64(body)}` }
  try {
    const text = new TextDecoder('utf-8', { fatal: answer.isWhole }).decode(body)
    // A zero is in no text.
    return { ...whole, text: text.includes('\0') ? null : text.slice(0, MOST_SHOWN), image: null }
  } catch {
    return { ...whole, text: null, image: null }
  }
}

function base64(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCodePoint(byte)
  return btoa(text)
}
