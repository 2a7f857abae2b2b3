/**
 * Pictures of every page, wide and narrow, light and dark, in both languages, into `test/e2e/screenshots`: for looking at, not a test.
 * @module
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import { fateSurface } from '../../src/api/fate/index.ts'
import { catalogOf } from '../../src/component/catalog.ts'
import { COMPONENTS } from '../../src/component/registry.ts'
import type { DocsSource } from '../../src/console/docs.tsx'
import { drainRunner } from '../../src/domain/runner-control.ts'
import { startRunner } from '../console/fake-runner.ts'
import { seedBatch, seedPeople } from '../console/openpai/seed-batch.ts'
import { seedModels } from '../console/seed-models.ts'
import { matched, post, search, startClients, train } from '../console/seed-project.ts'
import { seedWorks } from '../console/seed-works.ts'
import {
  seedBusyRunner,
  seedFailed,
  seedFinished,
  seedJob,
  seedRunning,
  seedTables,
  type TestConsole,
  testConsole,
} from '../console/seed.ts'
import { SILENT } from '../helpers/deps.ts'
import { ROOT } from '../helpers/place.ts'
import { findChromium, openBrowser, openPage, serveConsole } from './browser.ts'

const FOLDER = join(ROOT, 'test/e2e/screenshots')
/** Tall pages come in parts of this height. */
const SLICE = 1400

/** Chinese needs a font that has its characters (Debian package `fonts-wqy-microhei`). */
const LOOKS = [
  ['light', 'en'],
  ['dark', 'en'],
  ['light', 'zh'],
  ['dark', 'zh'],
] as const

const executable = findChromium()
if (executable === undefined) throw new Error('No Chromium: install the Debian package "chromium"')
const only = process.argv[2]
await mkdir(FOLDER, { recursive: true })
const empty = await testConsole()
const full = await testConsole({
  docs: [fateDocument(empty)],
  liveMs: 200,
  catalog: catalogOf(COMPONENTS.values()),
})
const clients = await startClients(full)
const match = await matched(full, clients, 12)
const trainForm = new URLSearchParams(match.split('?')[1])
trainForm.set('model', 'FederatedGB')
const training = await post(full, `${match.split('?')[0]}/train`, trainForm)
await train(clients)
const predicted = await post(
  full,
  `${training}/files`,
  new URLSearchParams({ owner: 'right', path: 'in/ids.txt' }),
)
await clients.work(() => Promise.resolve())
trainForm.append('maxDepth', '3')
trainForm.append('maxDepth', '9')
const searched = await post(full, `${match.split('?')[0]}/tune`, trainForm)
await search(clients, [0.5, 0.25, 0.31, 0.4])
const works = await seedWorks(full)
await seedBatch(full.db)
await seedPeople(full.db)
await startRunner(full.db, ['9999'])
await startRunner(full.db, ['10000'])
const everyone = await startRunner(full.db)
await seedTables(full.db, everyone)
const finished = await seedFinished(full.db)
const again = await seedFinished(full.db, 'The same again')
const models = await seedModels(full.db)
const failed = await seedFailed(full.db)
const running = await seedRunning(full.db)
const busy = await seedBusyRunner(full.db)
await drainRunner(full.db, everyone.id)
const task = `/jobs/${busy.tasks[0].jobId}/tasks/${busy.tasks[0].taskId}`
for (let index = 0; index < 5; index += 1) await seedJob(full.db)
const served = await serveConsole(full)
const bare = await serveConsole(empty)
const browser = await openBrowser(executable)
const pages: [string, string][] = [
  ['empty', `${bare.url}/`],
  ['empty-jobs', `${bare.url}/jobs`],
  ['empty-tables', `${bare.url}/tables`],
  ['home', `${served.url}/`],
  ['jobs', `${served.url}/jobs`],
  ['job-finished', `${served.url}/jobs/${finished.id}`],
  ['job-running', `${served.url}/jobs/${running.job.id}`],
  ['job-failed', `${served.url}/jobs/${failed.id}`],
  ['component', `${served.url}/jobs/${finished.id}/components/hetero_lr_0`],
  ...componentPages(),
  ['party-view', `${served.url}/jobs/${finished.id}/parties/guest/9999`],
  ['rerun', `${served.url}/jobs/${finished.id}/rerun?component=hetero_lr_0`],
  ['template', `${served.url}/jobs/new/template?template=hetero-secureboost`],
  ['compare', `${served.url}/compare?job=${finished.id}&job=${again.id}&job=${failed.id}`],
  ['jobs-filtered', `${served.url}/jobs?party=9999&order=longest`],
  ['new', `${served.url}/jobs/new`],
  ['new-json', `${served.url}/jobs/new?mode=json`],
  ['tables', `${served.url}/tables`],
  ['table', `${served.url}/tables/example/breast_guest`],
  ['runners', `${served.url}/runners`],
  ['runner-busy', `${served.url}/runners/${busy.runner.id}`],
  ['runner-day', `${served.url}/runners/${busy.runner.id}?span=day`],
  ['runner-drained', `${served.url}/runners/${everyone.id}`],
  ['empty-runners', `${bare.url}/runners`],
  ['task', `${served.url}${task}`],
  ['task-first', `${served.url}${task}?attempt=1`],
  ['parties', `${served.url}/parties`],
  ['projects', `${served.url}/projects`],
  ['project-new', `${served.url}/projects/new`],
  ['project-match', `${served.url}${match}`],
  ['project-train', `${served.url}${match.replace('?', '/train?')}`],
  ['project-training', `${served.url}${training}`],
  ['project-model', `${served.url}${training}/model`],
  ['project-predict', `${served.url}${training}/predict`],
  ['project-tune', `${served.url}${match.replace('?', '/tune?')}`],
  ['project-searched', `${served.url}${searched}`],
  ['project-files', `${served.url}${training}/files`],
  ['project-file', `${served.url}${predicted}`],
  ['works', `${served.url}/works`],
  ['work-new', `${served.url}/works/new`],
  ['work', `${served.url}/works/${works.done}`],
  ['work-versions', `${served.url}/works/${works.done}/versions`],
  ['work-task', `${served.url}/works/${works.done}/tasks/${works.task}`],
  ['work-busy', `${served.url}/works/${works.running}/tasks/${works.busy}`],
  ['batch', `${served.url}/batch`],
  ['batch-job', `${served.url}/batch/jobs/ann~a`],
  ['batch-failed', `${served.url}/batch/jobs/ann~a?attempt=0`],
  ['batch-new', `${served.url}/batch/new?example=distributed`],
  ['batch-form', `${served.url}/batch/new?mode=form`],
  ['batch-clusters', `${served.url}/batch/clusters`],
  ['batch-users', `${served.url}/batch/users`],
  ['batch-user', `${served.url}/batch/users/kim`],
  ['batch-groups', `${served.url}/batch/groups`],
  ['batch-group', `${served.url}/batch/groups/lab`],
  ['batch-me', `${served.url}/batch/me`],
  ['docs', `${served.url}/docs`],
  ['docs-security', `${served.url}/docs/security`],
  ['docs-coverage', `${served.url}/docs/coverage`],
  ['docs-coverage-fedlearn', `${served.url}/docs/coverage/fedlearn`],
  ['docs-fate', `${served.url}/docs/fate`],
  ['not-found', `${served.url}/nowhere`],
]
for (const width of [1280, 390]) {
  for (const [colorScheme, locale] of LOOKS) {
    const viewport = { width, height: 900 }
    const context = await browser.newContext({ viewport, colorScheme, locale })
    const look = `${width}-${colorScheme}${locale === 'en' ? '' : `-${locale}`}`
    for (const [name, url] of pages) {
      if (only !== undefined && !name.includes(only)) continue
      const { page, complaints } = await openPage(context)
      await page.goto(url)
      await page.waitForTimeout(400)
      const height = await page.evaluate(() => document.documentElement.scrollHeight)
      for (let part = 0; part * SLICE < height; part += 1) {
        await page.screenshot({
          path: join(FOLDER, `${name}-${look}-${part + 1}.png`),
          fullPage: true,
          clip: { x: 0, y: part * SLICE, width, height: Math.min(SLICE, height - part * SLICE) },
        })
      }
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      if (overflow > 0)
        console.log(`${name} at ${width} px: wider than the screen by ${overflow} px`)
      for (const complaint of complaints) console.log(`${name}: ${complaint}`)
      await page.close()
    }
    await context.close()
  }
}
await browser.close()
await served.close()
await bare.close()
await full.close()
await empty.close()

/** A component's page, tab by tab, and every kind of model. */
function componentPages(): [string, string][] {
  const of = (job: string, name: string, tab: string): [string, string] => [
    `component-${name}-${tab}`,
    `${served.url}/jobs/${job}/components/${name}?tab=${tab}`,
  ]
  return [
    of(models.id, 'hetero_feature_binning_0', 'model'),
    of(models.id, 'hetero_feature_selection_0', 'model'),
    of(models.id, 'hetero_pearson_0', 'model'),
    of(models.id, 'hetero_kmeans_0', 'model'),
    of(models.id, 'secureboost_0', 'model'),
    of(models.id, 'evaluation_0', 'results'),
    of(finished.id, 'hetero_lr_0', 'model'),
    of(finished.id, 'hetero_lr_0', 'log'),
    of(finished.id, 'dataio_0', 'data'),
  ]
}

/** The documentation of a real surface; the database behind it is never asked. */
function fateDocument(test: TestConsole): DocsSource {
  const surface = fateSurface({
    db: test.db,
    catalog: new Map(),
    log: SILENT,
    settings: {
      version: '',
      publicUrl: null,
      hosts: null,
      auth: 'off',
      bodyLimit: 1,
      uploadLimit: 1,
    },
    now: () => Date.now(),
  })
  return {
    name: 'fate',
    title: 'FATE-Flow',
    path: '/v1',
    load: async () => (await (await surface.request('/openapi.json')).json()) as object,
  }
}
