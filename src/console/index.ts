/**
 * The web console: HTML pages for people, and the fragments that keep them current.
 * @module
 */
import { Hono } from 'hono'

import { guardOwned } from '../api/access.ts'
import { compareRoutes } from './compare.tsx'
import { componentRoutes } from './component.tsx'
import type { ConsoleDeps } from './deps.ts'
import { exampleRoutes } from './example-run.tsx'
import { fileRoutes } from './fedlearn/file.tsx'
import { predictRoutes } from './fedlearn/predict.tsx'
import { projectRoutes } from './fedlearn/project.tsx'
import { tuneRoutes } from './fedlearn/tune.tsx'
import { wizardRoutes } from './fedlearn/wizard.tsx'
import { flowEditorRoutes } from './flow/editor.tsx'
import { flowPageRoutes } from './flow/page.tsx'
import { homeRoutes } from './home.tsx'
import { inviteRoutes } from './invite.tsx'
import { jobRoutes } from './job.tsx'
import { liveRoutes } from './live.tsx'
import { modelRoutes } from './model.tsx'
import { newJobRoutes } from './new-job.tsx'
import { batchRoutes } from './openpai/index.ts'
import { partyViewRoutes } from './party-view.tsx'
import { readableForm } from './readable-form.ts'
import { errorPage, notFoundPage, renderer } from './render.tsx'
import { rerunRoutes } from './rerun.tsx'
import { runnerRoutes } from './runner.tsx'
import { siteRoutes } from './site.tsx'
import { tableRoutes } from './table.tsx'
import { taskRoutes } from './task.tsx'
import { workListRoutes } from './works/list.tsx'
import { workSettingRoutes } from './works/settings.tsx'
import { workRoutes } from './works/work.tsx'

export type { ConsoleDeps } from './deps.ts'

/** The console; mounted last at `/`, as it answers every address that nobody else does. */
export function consoleRoutes(deps: ConsoleDeps): Hono {
  const app = new Hono()
  app.use(renderer(deps))
  app.use(readableForm())
  app.use(guardOwned(deps.db, { forms: true }))
  app.route('/', homeRoutes(deps))
  app.route('/', newJobRoutes(deps))
  app.route('/', rerunRoutes(deps))
  app.route('/', jobRoutes(deps))
  app.route('/', componentRoutes(deps))
  app.route('/', compareRoutes(deps))
  app.route('/', partyViewRoutes(deps))
  app.route('/', liveRoutes(deps))
  app.route('/', taskRoutes(deps))
  app.route('/', tableRoutes(deps))
  app.route('/', modelRoutes(deps))
  app.route('/', flowEditorRoutes(deps))
  app.route('/', flowPageRoutes(deps))
  app.route('/', wizardRoutes(deps))
  app.route('/', tuneRoutes(deps))
  app.route('/', predictRoutes(deps))
  app.route('/', fileRoutes(deps))
  app.route('/', projectRoutes(deps))
  app.route('/', workListRoutes(deps))
  app.route('/', workSettingRoutes(deps))
  app.route('/', workRoutes(deps))
  app.route('/', batchRoutes(deps))
  app.route('/', inviteRoutes(deps))
  app.route('/', runnerRoutes(deps))
  app.route('/', siteRoutes(deps))
  app.route('/', exampleRoutes(deps))
  app.onError((error, c) => errorPage(error, c, deps))
  app.all('*', notFoundPage)
  return app
}
