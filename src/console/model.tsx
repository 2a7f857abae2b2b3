/**
 * `/models`: models that are online, and a form to try one.
 * @module
 */
import { type Context, Hono } from 'hono'

import { ModelsPage, type Trial } from '../../views/model/page.tsx'
import { ownOnly } from '../api/access.ts'
import type { AppDeps } from '../api/deps.ts'
import { DomainError, invalid } from '../domain/error.ts'
import { createServingDesk, type ServingDesk } from '../domain/serving-desk.ts'
import { listServices, requireOnline } from '../domain/serving.ts'
import type { ServingRow } from '../domain/work.ts'

const TITLE = 'Models online'
const WAIT_MS = 5000

/** The page, and a row that is tried there. */
export function modelRoutes(deps: AppDeps): Hono {
  const { db, settings } = deps
  const app = new Hono()
  const desk = createServingDesk(db, deps.watchMs !== undefined)

  async function page(c: Context, trial?: Trial) {
    const bindCommand = bindOf(settings.publicUrl ?? new URL(c.req.url).origin)
    const services = await listServices(db, ownOnly(c))
    return <ModelsPage services={services} bindCommand={bindCommand} trial={trial} />
  }

  app.get('/models', async (c) => c.render(await page(c), { title: TITLE }))

  // Where the switch of languages leads back to after a row was tried.
  app.get('/models/try', (c) => c.redirect('/models', 302))

  app.post('/models/try', async (c) => {
    const form = await c.req.parseBody()
    const [service, id, features] = ['service', 'id', 'features'].map((name) => textOf(form[name]))
    const asked = { service, id, features }
    try {
      const trial = { ...asked, ...(await tryRow(deps, desk, asked)) }
      return await c.render(await page(c, trial), { title: TITLE })
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      const trial = { ...asked, problem: error.message }
      return c.render(await page(c, trial), { title: TITLE, status: 422 })
    }
  })

  return app
}

async function tryRow(
  { db }: AppDeps,
  desk: ServingDesk,
  { service, id, features }: Trial,
): Promise<Pick<Trial, 'answer' | 'tookMs'>> {
  if (id === '') throw invalid('Which row? Give its id')
  const row = { id, ...(features === '' ? {} : { features: parseFeatures(features) }) }
  const jobId = await requireOnline(db, service)
  const began = performance.now()
  const [result] = await desk.ask({ jobId, rows: [row], ms: WAIT_MS })
  if ('error' in result) throw new DomainError(result.error.code, result.error.message)
  return { answer: result.values, tookMs: performance.now() - began }
}

function parseFeatures(text: string): NonNullable<ServingRow['features']> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // Said below, as for anything else that is no object.
  }
  const isPlain = (cell: unknown) =>
    cell === null || ['string', 'number', 'boolean'].includes(typeof cell)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    if (Object.values(value).every(isPlain)) return value as NonNullable<ServingRow['features']>
  }
  throw invalid('The features are no JSON object of columns, like {"x0": 1.5, "x1": null}')
}

function textOf(field: unknown): string {
  return typeof field === 'string' ? field.trim() : ''
}

function bindOf(base: string): string {
  return (
    `curl -X PUT -H 'content-type: application/json' ${base}/api/weft/serving/NAME \\\n` +
    `     -d '{"modelId": "MODEL_ID", "modelVersion": "MODEL_VERSION"}'`
  )
}
