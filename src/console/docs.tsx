/**
 * Documentation in the browser, made on the server from the OpenAPI documents of the surfaces, and the pages on what
 * protocols reveal and what is tested.
 * @module
 */
import { Hono } from 'hono'

import { COVERAGE } from '../../views/docs/coverage-text.ts'
import type { OpenApi } from '../../views/docs/document.ts'
import { GuidePage } from '../../views/docs/guide.tsx'
import { DocsIndex } from '../../views/docs/index.tsx'
import { DocsPage } from '../../views/docs/page.tsx'
import { inWords } from '../../views/docs/prose.tsx'
import { SECURITY } from '../../views/docs/security-text.ts'
import { ErrorPage } from '../../views/error.tsx'
import { wholePage } from './render.tsx'

/** One API and the way to its OpenAPI document. */
export interface DocsSource {
  readonly name: string
  readonly title: string
  load(): Promise<object>
  /** Where its paths begin, for documents whose paths are relative to that. */
  readonly path?: string
}

/** `/docs`: the list of APIs, a page for each, `/docs/security` and `/docs/coverage`; mounted at that path. */
export function docsRoutes(sources: readonly DocsSource[], version = ''): Hono {
  const app = new Hono()
  app.get('/', async (c) => {
    const documents = await Promise.all(
      sources.map(async (source) => ({ ...source, ...(await read(source)) })),
    )
    return c.html(
      wholePage(c, {
        title: 'API documentation',
        version,
        view: <DocsIndex documents={documents} />,
      }),
    )
  })
  app.get('/security', (c) =>
    c.html(
      wholePage(c, {
        title: 'What protocols reveal',
        version,
        view: <GuidePage text={SECURITY} />,
      }),
    ),
  )
  app.get('/coverage', (c) =>
    c.html(
      wholePage(c, {
        title: 'Endpoints and their tests',
        version,
        view: <GuidePage text={COVERAGE} />,
      }),
    ),
  )
  app.get('/:name', async (c) => {
    const source = sources.find(({ name }) => name === c.req.param('name'))
    if (!source) {
      const names = sources.map(({ name }) => name).join(', ')
      const message = `No API "${c.req.param('name')}": the ones there are, are ${names}.`
      return c.html(
        wholePage(c, {
          title: 'Nothing here',
          version,
          view: <ErrorPage status={404} title="Nothing here" message={message} />,
        }),
        404,
      )
    }
    const origin = new URL(c.req.url).origin
    const view = <DocsPage {...source} {...await read(source)} origin={origin} />
    return c.html(wholePage(c, { title: () => inWords(source.title), version, view }))
  })

  return app
}

async function read(source: DocsSource): Promise<{ document: OpenApi; base: string }> {
  const document: OpenApi = await source.load()
  return { document, base: source.path ?? document.servers?.[0]?.url ?? '' }
}
