/**
 * Works: the list, many at once, and a new one.
 * @module
 */
import { Hono } from 'hono'

import { WorkListPage } from '../../../views/works/list.tsx'
import { NewWorkPage } from '../../../views/works/new.tsx'
import type { ShownTask, ShownWork } from '../../../views/works/shown.ts'
import { DomainError } from '../../domain/error.ts'
import { asking, type ConsoleDeps } from '../deps.ts'
import { formOf } from '../fedlearn/choice.ts'
import { textsOf } from '../form.ts'
import { askWorks } from './ask.ts'
import { checkOf } from './editor.ts'
import { TEMPLATES } from './templates.ts'

const PAGE_SIZE = 25

/** `/works` and `/works/new`. */
export function workListRoutes(deps: ConsoleDeps): Hono {
  const app = new Hono()

  for (const path of ['/works', '/works/parts']) {
    app.get(path, async (c) => {
      const { q = '', status = '', page = '1' } = c.req.query()
      const at = /^[1-9]\d{0,6}$/.test(page) ? Number(page) : 1
      const query = new URLSearchParams({ limit: String(PAGE_SIZE), offset: String(at) })
      if (q !== '') query.set('q', q.slice(0, 255))
      if (/^[0-7]$/.test(status)) query.set('status', status)
      const answer = await asking(c, deps).askWorks({ method: 'GET', path: `/search?${query}` })
      const works = answer.data as ShownWork[]
      const last = await Promise.all(works.map(lastOf))
      const view = (
        <WorkListPage
          works={works.map((work, index) => ({ work, last: last[index] ?? null }))}
          filter={{ q, status, page: at }}
          total={answer.total ?? works.length}
          pageSize={PAGE_SIZE}
          now={deps.now()}
          refused={c.req.query('refused') ?? ''}
        />
      )
      return c.render(view, { title: 'Works' })
    })
  }

  /** The newest task of a work. */
  async function lastOf({ work_id: id, task_id: task }: ShownWork): Promise<ShownTask | null> {
    if (task === null) return null
    return askWorks<ShownTask>(deps, { method: 'GET', path: `/${id}/tasks/${task}` })
  }

  for (const action of ['start', 'stop'] as const) {
    app.post(`/works/${action}`, async (c) => {
      const ids = [...new Set((await formOf(c.req.raw)).getAll('work'))]
      if (ids.length === 0) return c.redirect('/works', 303)
      const done = await askWorks<{ code: number; msg: string | null }[]>(asking(c, deps), {
        method: 'POST',
        path: `/${action}`,
        body: { work_ids: ids },
      })
      const refusals = done.flatMap(({ msg }) => (msg === null ? [] : [msg]))
      const rest =
        refusals.length > 0
          ? `?${new URLSearchParams({ refused: refusals.slice(0, 5).join('\n').slice(0, 1500) })}`
          : ''
      return c.redirect(`/works${rest}`, 303)
    })
  }

  app.get('/works/new', async (c) => {
    const chosen = TEMPLATES.find(({ id }) => id === c.req.query('template')) ?? TEMPLATES[0]
    const view = (
      <NewWorkPage
        values={chosen.values}
        template={chosen.id}
        templates={TEMPLATES.map(({ id, name }) => [id, name] as const)}
        check={await checkOf(deps, chosen.values)}
      />
    )
    return c.render(view, { title: 'New work' })
  })

  app.post('/works/new', async (c) => {
    const { template = '', ...form } = textsOf(await c.req.parseBody())
    const values = { ...TEMPLATES[0].values, ...form }
    try {
      const { work_id: id } = await askWorks<ShownWork>(asking(c, deps), {
        method: 'POST',
        path: '',
        body: {
          user_id: values.user_id,
          name: values.name,
          description: values.description,
          type: values.type,
          category: values.category,
          run_frequency: values.run_frequency === '' ? null : values.run_frequency,
          cron: values.cron === '' ? null : values.cron,
          script: values.category === 'FLINK_SQL' ? values.script : null,
        },
      })
      return c.redirect(`/works/${encodeURIComponent(id)}`, 303)
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      const view = (
        <NewWorkPage
          values={values}
          template={template}
          templates={TEMPLATES.map(({ id, name }) => [id, name] as const)}
          check={await checkOf(deps, values)}
          problem={error.message}
        />
      )
      return c.render(view, { title: 'New work', status: 422 })
    }
  })

  return app
}
