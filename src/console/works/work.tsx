/**
 * One work: its script, runs and versions; one of its tasks.
 * @module
 */
import { Hono } from 'hono'

import { Editor, EditorCheck } from '../../../views/works/editor.tsx'
import type {
  ShownDiff,
  ShownTask,
  ShownTaskDetail,
  ShownVersion,
  ShownWork,
} from '../../../views/works/shown.ts'
import { type LogLines, type ShownResult, WorkTaskPage } from '../../../views/works/task.tsx'
import { VersionsPage } from '../../../views/works/versions.tsx'
import { WorkPage, WorkRuns } from '../../../views/works/work.tsx'
import { formatScript } from '../../api/works/script.ts'
import { DomainError } from '../../domain/error.ts'
import { asking, type ConsoleDeps } from '../deps.ts'
import { textsOf } from '../form.ts'
import { askWorks } from './ask.ts'
import { checkOf } from './editor.ts'

const TASKS = 1000
const LOG_LINES = 300
const ROWS = 100

/** `/works/:id`, its versions and its tasks. */
export function workRoutes(deps: ConsoleDeps): Hono {
  const app = new Hono()
  const get = <D,>(path: string) => askWorks<D>(deps, { method: 'GET', path })
  const post = <D,>(path: string, body: object = {}) =>
    askWorks<D>(deps, { method: 'POST', path, body })
  const pathOf = (id: string) => `/works/${encodeURIComponent(id)}`
  const apiOf = (id: string) => `/${encodeURIComponent(id)}`

  app.post('/works/check', async (c) => {
    const { script = '', type = '' } = textsOf(await c.req.parseBody())
    return c.render(<EditorCheck check={await checkOf(deps, { script, type })} />, {
      title: 'Works',
    })
  })

  app.post('/works/format', async (c) => {
    const { script: written = '', type = '' } = textsOf(await c.req.parseBody())
    const script = formatScript(written)
    return c.render(<Editor script={script} check={await checkOf(deps, { script, type })} />, {
      title: 'Works',
    })
  })

  app.get('/works/:id', async (c) => {
    const { work, tasks } = await load(c.req.param('id'))
    const script = work.script ?? ''
    return c.render(
      <WorkPage
        work={work}
        tasks={tasks}
        script={script}
        check={await checkOf(deps, { script, type: work.type })}
        now={deps.now()}
      />,
      { title: () => work.name },
    )
  })

  app.get('/works/:id/runs', async (c) =>
    c.render(<WorkRuns {...await load(c.req.param('id'))} now={deps.now()} />, { title: 'Works' }),
  )

  async function load(id: string) {
    const work = await get<ShownWork>(apiOf(id))
    return { work, tasks: await get<ShownTask[]>(`${apiOf(id)}/tasks?limit=${TASKS}`) }
  }

  app.post('/works/:id/script', async (c) => {
    const id = c.req.param('id')
    const { script = '' } = textsOf(await c.req.parseBody())
    const { work, tasks } = await load(id)
    const check = await checkOf(deps, { script, type: work.type })
    // Only what cannot be told apart is kept back: what an engine refuses today may be right for another.
    if (check.statements > 0) {
      await askWorks(deps, { method: 'PATCH', path: apiOf(id), body: { script } })
      return c.redirect(pathOf(id), 303)
    }
    const view = (
      <WorkPage work={work} tasks={tasks} script={script} check={check} now={deps.now()} />
    )
    return c.render(view, { title: () => work.name, status: 422 })
  })

  app.post('/works/:id/do/:action', async (c) => {
    const { id, action } = c.req.param()
    if (action === 'run') {
      const task = await post<ShownTask>(`${apiOf(id)}/tasks`)
      return c.redirect(`${pathOf(id)}/tasks/${encodeURIComponent(task.task_id)}`, 303)
    }
    if (action === 'copy') {
      const path = `${apiOf(id)}/copy`
      const asked = { method: 'POST', path, body: {} }
      const { work_id: made } = await askWorks<ShownWork>(asking(c, deps), asked)
      return c.redirect(pathOf(made), 303)
    }
    if (action === 'delete') {
      await askWorks(deps, { method: 'DELETE', path: apiOf(id) })
      return c.redirect('/works', 303)
    }
    if (action === 'start' || action === 'stop') {
      const status = action === 'start' ? 2 : 6
      await askWorks(deps, { method: 'PATCH', path: apiOf(id), body: { status } })
    } else if (action === 'pause' || action === 'resume') {
      await post(`${apiOf(id)}/${action}`)
    } else throw new DomainError('not_found', `There is nothing called "${action}" to do`)
    return c.redirect(pathOf(id), 303)
  })

  app.get('/works/:id/versions', async (c) => {
    const id = c.req.param('id')
    const { version, against } = c.req.query()
    const work = await get<ShownWork>(apiOf(id))
    const versions = await get<ShownVersion[]>(`${apiOf(id)}/versions`)
    const at = encodeURIComponent(version ?? String(work.version))
    const query = against === undefined ? '' : `?${new URLSearchParams({ against })}`
    const diff = await get<ShownDiff>(`${apiOf(id)}/versions/${at}/diff${query}`)
    return c.render(<VersionsPage work={work} versions={versions} diff={diff} now={deps.now()} />, {
      title: () => work.name,
    })
  })

  app.post('/works/:id/versions/:version/restore', async (c) => {
    const { id, version } = c.req.param()
    await post(`${apiOf(id)}/versions/${encodeURIComponent(version)}/restore`)
    return c.redirect(`${pathOf(id)}/versions`, 303)
  })

  for (const path of ['/works/:id/tasks/:task', '/works/:id/tasks/:task/parts']) {
    app.get(path, async (c) => {
      const [id, task] = [c.req.param('id') ?? '', c.req.param('task') ?? '']
      const api = `${apiOf(id)}/tasks/${encodeURIComponent(task)}`
      const [work, detail, log] = await Promise.all([
        get<ShownWork>(apiOf(id)),
        get<ShownTaskDetail>(api),
        get<{ lines: LogLines }>(`${api}/logs?tail=${LOG_LINES}`),
      ])
      const withRows = detail.statements.filter(({ result_ref: ref }) => ref !== null)
      const chosen =
        withRows.find(({ index }) => String(index) === c.req.query('statement')) ?? withRows.at(-1)
      const result =
        chosen && (await get<ShownResult>(`${api}/result?statement=${chosen.index}&limit=${ROWS}`))
      const view = (
        <WorkTaskPage
          work={work}
          task={detail}
          lines={log.lines}
          result={result && chosen ? { ...result, index: chosen.index } : undefined}
          now={deps.now()}
        />
      )
      return c.render(view, { title: () => work.name })
    })
  }

  app.post('/works/:id/tasks/:task/:action', async (c) => {
    const { id, task, action } = c.req.param()
    const api = `${apiOf(id)}/tasks/${encodeURIComponent(task)}`
    if (action === 'stop') await post(`${api}/cancel`)
    else if (action === 'savepoint') await post(`${api}/savepoints`)
    else if (action === 'stop-with-savepoint') await post(`${api}/savepoints`, { stop: true })
    else throw new DomainError('not_found', `There is nothing called "${action}" to do`)
    return c.redirect(`${pathOf(id)}/tasks/${encodeURIComponent(task)}`, 303)
  })

  return app
}
