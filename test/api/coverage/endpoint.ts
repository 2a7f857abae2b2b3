/**
 * The endpoints of a surface, from its OpenAPI document and from its routes, each with the tests that ask for it.
 * @module
 */
import type { Hono } from 'hono'

import { testApp } from '../../helpers/app.ts'
import { type Mention, mentionsIn, testFiles } from './mention.ts'
import type { ApiPage, Row } from './page.ts'

/** A method and a path. */
export interface Endpoint {
  readonly method: string
  /** Below the base, with `{name}` for what is put in. */
  readonly path: string
  /** Undefined for a route that the document does not have. */
  readonly summary?: string
}

interface Document {
  readonly paths: Record<string, Record<string, { summary?: string }>>
}

/** Every method and path of the document, then those that are beside it: other paths of the same, and refusals. */
export async function endpointsOf(
  base: string,
  others: readonly string[],
): Promise<readonly Endpoint[]> {
  const test = await testApp()
  const response = await test.app.request(`${base}/openapi.json`)
  const { paths } = (await response.json()) as Document
  const routes = routesOf(test.app, { base, others })
  await test.close()
  const known = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { summary = '' }]) => ({
      method: method.toUpperCase(),
      path,
      summary,
    })),
  )
  const said = new Set(known.map(nameOf))
  const beside = new Map(
    routes.filter((route) => !said.has(nameOf(route))).map((route) => [nameOf(route), route]),
  )
  return [...known, ...beside.values()]
}

function nameOf({ method, path }: Endpoint): string {
  return `${method} ${path}`
}

function routesOf(
  app: Hono,
  { base, others }: { base: string; others: readonly string[] },
): Endpoint[] {
  const nearer = others.filter((other) => other.startsWith(`${base}/`))
  const below = (path: string, of: string) => path === of || path.startsWith(`${of}/`)
  return app.routes
    .filter(({ method, path }) => method !== 'ALL' && below(path, base))
    .filter(({ path }) => !nearer.some((other) => below(path, other)))
    .map(({ method, path }) => ({
      method,
      path: path.slice(base.length).replaceAll(/:(\w+)(\{[^}]*\})?/g, '{$1}') || '/',
    }))
    .filter(({ path }) => path !== '/openapi.json')
}

/** A row for each endpoint. */
export function endpointRows(
  page: ApiPage,
  endpoints: readonly Endpoint[],
): readonly (Row & Endpoint)[] {
  const asked = Map.groupBy(
    testFiles(page.tests)
      .flatMap(mentionsIn)
      .flatMap((mention) => {
        const found = endpointOf(page, endpoints, mention)
        return found ? [{ ...mention, found }] : []
      }),
    ({ found }) => found,
  )
  return endpoints.map((endpoint) => ({
    ...endpoint,
    cells: [
      `${endpoint.method} ${endpoint.path}`,
      ...(endpoint.summary === undefined ? [] : [endpoint.summary]),
    ],
    found: (asked.get(endpoint) ?? []).map(({ path, title }) => ({ path, title })),
  }))
}

/** What a test asks for, by the rule of routers: names before what is put in. */
function endpointOf(
  page: ApiPage,
  endpoints: readonly Endpoint[],
  { asked, method }: Mention,
): Endpoint | undefined {
  for (const path of readings(page, asked)) {
    const parts = path.split('/')
    const fitting = endpoints
      .filter((endpoint) => fits(page, { parts, path: endpoint.path }))
      .toSorted((a, b) => fixed(b.path) - fixed(a.path))
    // Where no method is written, a path that has one is asked by it, and any other is read.
    const only = method === undefined && fitting.every((one) => one.method === fitting[0].method)
    const found = only
      ? fitting[0]
      : fitting.find((endpoint) => endpoint.method === (method ?? 'GET'))
    if (found !== undefined) return found
  }
  return undefined
}

/** What a text may mean as a path below the base: it may begin with the address of a server. */
function readings({ base, bases = [] }: ApiPage, asked: string): string[] {
  const bare = asked.replace(/^(\$\{[^}]*\}|https?:\/\/[^/]*)(?=\/|$)/, '')
  return [...new Set([asked, bare])].flatMap((text) => {
    const under = [base, ...bases].find((one) => text === one || text.startsWith(`${one}/`))
    const rest = under === undefined ? text : text.slice(under.length)
    return rest === '' ? ['/'] : [rest.startsWith('/') ? rest : `/${rest}`]
  })
}

function fits(page: ApiPage, { parts, path }: { parts: readonly string[]; path: string }): boolean {
  const wanted = path.split('/')
  const rest = wanted.at(-1) === '*'
  if (rest ? parts.length < wanted.length : parts.length !== wanted.length) return false
  // What is put in beside something that is worked out may be any text.
  const worked = parts.some((part) => part.includes('${'))
  return wanted.every((part, at) => {
    if (rest && at === wanted.length - 1) return true
    if (!part.startsWith('{')) return parts[at] === part
    return parts[at] !== '' && (worked || page.parameter.test(parts[at]))
  })
}

function fixed(path: string): number {
  return path
    .split('/')
    .reduce((sum, part) => sum + (part === '*' ? -1 : part.startsWith('{') ? 0 : 1), 0)
}
