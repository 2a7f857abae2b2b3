/**
 * Runners: the list, one runner, draining, activating, removing.
 * @module
 */
import { type Context, Hono } from 'hono'

import { CARD_MS, type RunnerView } from '../../views/runner/cards.tsx'
import { RunnerDetail } from '../../views/runner/detail.tsx'
import { RunnersPage } from '../../views/runner/page.tsx'
import { USE_SPANS, type UseSpan } from '../../views/runner/use.tsx'
import { runnerPath } from '../../views/runner/words.ts'
import type { AppDeps } from '../api/deps.ts'
import {
  activateRunner,
  drainRunner,
  getRunner,
  listRunnerAttempts,
  listRunnerTasks,
  removeRunner,
} from '../domain/runner-control.ts'
import { listSamples } from '../domain/runner-use.ts'
import { listRunners } from '../domain/runner.ts'
import { localPath } from './local-path.ts'

/** A card is too small for more than every third sample. */
const CARD_EVERY = 3
const ATTEMPTS_SHOWN = 25

/** `/runners`, `/runners/:id` and what can be done there. */
export function runnerRoutes(deps: AppDeps): Hono {
  const { db, now } = deps
  const app = new Hono()

  for (const path of ['/runners', '/runners/list']) {
    app.get(path, async (c) => {
      const base = deps.settings.publicUrl ?? new URL(c.req.url).origin
      const startCommands = { here: 'npm run runner', elsewhere: elsewhere(base) }
      const views = await readViews(deps)
      const page = <RunnersPage views={views} startCommands={startCommands} now={now()} />
      return c.render(page, { title: 'Runners' })
    })
  }

  app.get('/runners/:id', async (c) => {
    const { view, title } = await detail(deps, c)
    return c.render(view, { title })
  })

  app.get('/runners/:id/parts', async (c) => {
    // Somebody who opens the fragment's own address wants the page.
    if (c.req.header('HX-Request-Type') !== 'partial')
      return c.redirect(runnerPath(c.req.param('id')), 302)
    const { view, title } = await detail(deps, c)
    return c.render(view, { title })
  })

  app.post('/runners/:id/drain', async (c) => {
    const { id } = await drainRunner(db, c.req.param('id'))
    return c.redirect(await backTo(c, runnerPath(id)), 303)
  })

  app.post('/runners/:id/activate', async (c) => {
    const { id } = await activateRunner(db, c.req.param('id'))
    return c.redirect(await backTo(c, runnerPath(id)), 303)
  })

  app.post('/runners/:id/remove', async (c) => {
    await removeRunner(db, c.req.param('id'))
    return c.redirect('/runners', 303)
  })

  return app
}

async function readViews({ db, now }: AppDeps): Promise<RunnerView[]> {
  const runners = await listRunners(db)
  const runnerIds = runners.map(({ id }) => id)
  const since = now() - CARD_MS
  const [tasks, samples] = await Promise.all([
    listRunnerTasks(db, runnerIds),
    listSamples(db, { runnerIds, since, every: CARD_EVERY }),
  ])
  const byRunner = Map.groupBy(tasks, (task) => task.runnerId)
  return runners.map((runner) => ({
    runner,
    tasks: byRunner.get(runner.id) ?? [],
    samples: samples.get(runner.id) ?? [],
  }))
}

async function detail({ db, now }: AppDeps, c: Context) {
  const runner = await getRunner(db, c.req.param('id') ?? '')
  const span: UseSpan = c.req.query('span') === 'day' ? 'day' : 'quarter'
  const since = now() - USE_SPANS[span].ms
  const [tasks, attempts, samples] = await Promise.all([
    listRunnerTasks(db, [runner.id]),
    listRunnerAttempts(db, { runnerId: runner.id, limit: ATTEMPTS_SHOWN }),
    listSamples(db, { runnerIds: [runner.id], since }),
  ])
  const own = samples.get(runner.id) ?? []
  // Of the day one sample a minute is enough, also of the last quarter of an hour.
  const shown =
    span === 'day'
      ? own.filter(({ at }, index) => minuteOf(at) !== minuteOf(own[index - 1]?.at ?? 0))
      : own
  const props = { runner, tasks, attempts, samples: shown, span, now: now() }
  return { view: <RunnerDetail {...props} />, title: () => runner.name }
}

function minuteOf(at: number): number {
  return Math.floor(at / 60_000)
}

async function backTo(c: Context, otherwise: string): Promise<string> {
  const form = await c.req.parseBody()
  return localPath(form['back']) ?? otherwise
}

function elsewhere(base: string): string {
  return [
    'npm run cli -- runner invite --party PARTY',
    `weft-runner register --server ${base} --code CODE --data-dir DIRECTORY`,
    'weft-runner run --data-dir DIRECTORY',
  ].join('\n')
}
