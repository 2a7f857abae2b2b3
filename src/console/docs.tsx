/**
 * Documentation in the browser, made on the server from the OpenAPI documents of the surfaces, and the pages on what
 * protocols reveal and what is tested.
 * @module
 */
import { type Context, Hono } from 'hono'

import { COVERAGE_PAGES } from '../../views/docs/coverage/index.ts'
import type { OpenApi } from '../../views/docs/document.ts'
import { GuidePage } from '../../views/docs/guide.tsx'
import { DocsIndex } from '../../views/docs/index.tsx'
import { DocsPage } from '../../views/docs/page.tsx'
import { inWords } from '../../views/docs/prose.tsx'
import { SECURITY } from '../../views/docs/security-text.ts'
import { TestedPage } from '../../views/docs/tested.tsx'
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

/** `/docs`: the list of APIs, a page for each, `/docs/security`, `/docs/coverage` and a page of it for each API; mounted at that path. */
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
        title: 'What is tested',
        version,
        view: <TestedPage pages={COVERAGE_PAGES} />,
      }),
    ),
  )
  app.get('/coverage/:name', (c) => {
    const name = c.req.param('name')
    if (!Object.hasOwn(COVERAGE_PAGES, name)) {
      return nothing(c, { name, names: Object.keys(COVERAGE_PAGES) })
    }
    const { text, title } = COVERAGE_PAGES[name]
    const trail = [['/docs/coverage', 'What is tested']] as const
    return c.html(
      wholePage(c, { title: () => title, version, view: <GuidePage text={text} trail={trail} /> }),
    )
  })
  app.get('/:name', async (c) => {
    const wanted = c.req.param('name')
    const source = sources.find(({ name }) => name === wanted)
    if (!source) return nothing(c, { name: wanted, names: sources.map(({ name }) => name) })
    const origin = new URL(c.req.url).origin
    const tested = Object.hasOwn(COVERAGE_PAGES, source.name)
    const view = <DocsPage {...source} {...await read(source)} origin={origin} tested={tested} />
    return c.html(wholePage(c, { title: () => inWords(source.title), version, view }))
  })

  function nothing(c: Context, { name, names }: { name: string; names: readonly string[] }) {
    const message = `No API "${name}": the ones there are, are ${names.join(', ')}.`
    return c.html(
      wholePage(c, {
        title: 'Nothing here',
        version,
        view: <ErrorPage status={404} title="Nothing here" message={message} />,
      }),
      404,
    )
  }

  return app
}

async function read(source: DocsSource): Promise<{ document: OpenApi; base: string }> {
  const document: OpenApi = await source.load()
  return { document, base: source.path ?? document.servers?.[0]?.url ?? '' }
}
