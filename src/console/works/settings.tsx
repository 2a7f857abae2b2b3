/**
 * A work's settings, its files, and runs that are not the usual ones.
 * @module
 */
import { type Context, Hono } from 'hono'

import { AgainPage, type AgainProps } from '../../../views/works/again.tsx'
import { FilesPage, type ShownFile } from '../../../views/works/files.tsx'
import {
  type SettingName,
  SettingsPage,
  type SettingValues,
} from '../../../views/works/settings.tsx'
import type { ShownSavepoint, ShownTask, ShownWork } from '../../../views/works/shown.ts'
import { DomainError } from '../../domain/error.ts'
import type { ConsoleDeps } from '../deps.ts'
import { textsOf } from '../form.ts'
import { askWorks } from './ask.ts'

/** Savepoints a page. */
const SAVEPOINTS = 20

/** `/works/:id/settings`, `/files`, `/again`. */
export function workSettingRoutes(deps: ConsoleDeps): Hono {
  const app = new Hono()
  const apiOf = (id: string) => `/${encodeURIComponent(id)}`
  const pathOf = (id: string) => `/works/${encodeURIComponent(id)}`
  const get = <D,>(path: string) => askWorks<D>(deps, { method: 'GET', path })

  app.get('/works/:id/settings', async (c) => {
    const work = await get<ShownWork>(apiOf(c.req.param('id')))
    return c.render(<SettingsPage work={work} values={valuesOf(work)} />, {
      title: () => work.name,
    })
  })

  app.post('/works/:id/settings', async (c) => {
    const id = c.req.param('id')
    const form = textsOf(await c.req.parseBody())
    const work = await get<ShownWork>(apiOf(id))
    try {
      await askWorks(deps, { method: 'PATCH', path: apiOf(id), body: changeOf(form) })
      return c.redirect(pathOf(id), 303)
    } catch (error) {
      const problem = refusalOf(error)
      const view = (
        <SettingsPage work={work} values={{ ...valuesOf(work), ...form }} problem={problem} />
      )
      return c.render(view, { title: () => work.name, status: 422 })
    }
  })

  const files = async (c: Context, id: string, problem?: string) => {
    const work = await get<ShownWork>(apiOf(id))
    const names = await get<ShownFile[]>(`${apiOf(id)}/files`)
    return c.render(
      <FilesPage
        work={work}
        files={names}
        now={deps.now()}
        {...(problem === undefined ? {} : { problem })}
      />,
      { title: () => work.name, ...(problem === undefined ? {} : { status: 422 }) },
    )
  }

  app.get('/works/:id/files', (c) => files(c, c.req.param('id')))

  app.post('/works/:id/files', async (c) => {
    const id = c.req.param('id')
    const { file } = await c.req.parseBody()
    try {
      if (!(file instanceof File) || file.name === '')
        throw new DomainError('invalid', 'Choose a file first')
      const path = `${apiOf(id)}/files/${encodeURIComponent(file.name)}`
      await askWorks(deps, { method: 'PUT', path, body: file })
      return c.redirect(`${pathOf(id)}/files`, 303)
    } catch (error) {
      return files(c, id, refusalOf(error))
    }
  })

  app.post('/works/:id/files/delete', async (c) => {
    const id = c.req.param('id')
    const { name = '' } = textsOf(await c.req.parseBody())
    const path = `${apiOf(id)}/files/${encodeURIComponent(name)}`
    await askWorks(deps, { method: 'DELETE', path })
    return c.redirect(`${pathOf(id)}/files`, 303)
  })

  const again = async (
    c: Context,
    id: string,
    refused: Pick<AgainProps, 'problem' | 'values'> = {},
  ) => {
    const work = await get<ShownWork>(apiOf(id))
    const { q = '', page: asked = '1' } = c.req.query()
    const page = /^[1-9]\d{0,6}$/.test(asked) ? Number(asked) : 1
    const query = new URLSearchParams({ q, offset: String(page), limit: String(SAVEPOINTS) })
    const { data, total = 0 } = await deps.askWorks({
      method: 'GET',
      path: `${apiOf(id)}/savepoints?${query}`,
    })
    const view = (
      <AgainPage
        work={work}
        savepoints={data as ShownSavepoint[]}
        total={total}
        filter={{ q, page }}
        pageSize={SAVEPOINTS}
        now={deps.now()}
        {...refused}
      />
    )
    const status = refused.problem === undefined ? {} : { status: 422 as const }
    return c.render(view, { title: () => work.name, ...status })
  }

  app.get('/works/:id/again', (c) => again(c, c.req.param('id')))

  app.post('/works/:id/restore', async (c) => {
    const id = c.req.param('id')
    const { savepoint = '', other = '' } = textsOf(await c.req.parseBody())
    const place = other.trim() === '' ? savepoint : other.trim()
    try {
      if (place === '') throw new DomainError('invalid', 'Say from which savepoint')
      const task = await askWorks<ShownTask>(deps, {
        method: 'POST',
        path: `${apiOf(id)}/tasks`,
        body: { savepoint_path: place },
      })
      return c.redirect(`${pathOf(id)}/tasks/${encodeURIComponent(task.task_id)}`, 303)
    } catch (error) {
      return again(c, id, { problem: refusalOf(error), values: { other } })
    }
  })

  app.post('/works/:id/backfill', async (c) => {
    const id = c.req.param('id')
    const { from = '', to = '' } = textsOf(await c.req.parseBody())
    // Of the field of a browser, which knows no zone.
    const utc = (text: string) => (/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text) ? `${text}:00Z` : text)
    try {
      await askWorks(deps, {
        method: 'POST',
        path: `${apiOf(id)}/backfill`,
        body: { from: utc(from), to: utc(to) },
      })
      return c.redirect(pathOf(id), 303)
    } catch (error) {
      return again(c, id, { problem: refusalOf(error), values: { from, to } })
    }
  })

  return app
}

/** What a user may do something about; anything else goes on. */
function refusalOf(error: unknown): string {
  if (error instanceof DomainError && error.kind !== 'not_found') return error.message
  throw error
}

function valuesOf(work: ShownWork): SettingValues {
  const text = (value: string | number | null) => (value === null ? '' : String(value))
  return {
    name: work.name,
    user_id: work.user_id,
    description: work.description,
    run_frequency: text(work.run_frequency),
    cron: text(work.cron),
    timezone: text(work.timezone),
    catch_up: work.catch_up ? '1' : '',
    after: work.after.join('\n'),
    retries: text(work.retries),
    backoff_seconds: text(work.backoff_seconds),
    time_limit_seconds: text(work.time_limit_seconds),
    webhook: text(work.webhook),
    work_directory: text(work.work_directory),
    main_class_name: text(work.main_class_name),
    extra_params: (work.extra_params ?? []).join('\n'),
    java_version: text(work.java_version),
  }
}

/** The fields as the API has them; what is no number goes as it is, so that it is refused by name. */
function changeOf(form: Readonly<Record<string, string>>): Record<string, unknown> {
  const text = (name: SettingName) => form[name]?.trim() ?? ''
  const orNull = (name: SettingName) => (text(name) === '' ? null : text(name))
  const number = (name: SettingName) => {
    const value = text(name)
    if (value === '') return null
    return Number.isFinite(Number(value)) ? Number(value) : value
  }
  const lines = (name: SettingName) =>
    (form[name] ?? '')
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== '')
  return {
    name: text('name'),
    user_id: text('user_id'),
    description: text('description'),
    run_frequency: orNull('run_frequency'),
    cron: orNull('cron'),
    timezone: orNull('timezone'),
    catch_up: text('catch_up') === '1',
    after: lines('after'),
    retries: number('retries'),
    backoff_seconds: number('backoff_seconds'),
    time_limit_seconds: number('time_limit_seconds'),
    webhook: orNull('webhook'),
    work_directory: orNull('work_directory'),
    main_class_name: orNull('main_class_name'),
    extra_params: lines('extra_params').length === 0 ? null : lines('extra_params'),
    java_version: orNull('java_version'),
  }
}
