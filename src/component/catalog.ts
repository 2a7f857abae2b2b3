/**
 * The components as the API and the console may know them: names, ports and checks, no algorithms.
 * @module
 */
import { z } from 'zod'

import type { Catalog, CatalogEntry } from '../domain/catalog.ts'
import type { Component } from './define.ts'
import { describeUnknown, unknownParameters } from './param.ts'

/** Lists components by module name; throws for two of one name. */
export function catalogOf(components: Iterable<Component>): Catalog {
  const entries = new Map<string, CatalogEntry>()
  for (const component of components) {
    const {
      name,
      summary,
      roles,
      requires,
      paramsName,
      inputs,
      outputs,
      deployed,
      params,
      online,
      renamed,
      messages,
    } = component
    const silent = Object.keys(messages).length === 0
    if (entries.has(name)) throw new Error(`Two components are called "${name}"`)
    entries.set(name, {
      name,
      summary,
      roles,
      requires,
      paramsName,
      inputs,
      outputs,
      deployed,
      ...(online === undefined ? {} : { online }),
      ...(renamed === undefined ? {} : { renamed }),
      quorum: (parsed, members) =>
        silent ? { leaves: roles, of: roles, least: 0 } : component.quorum?.(parsed, members),
      ...(component.privacy === undefined
        ? {}
        : { privacy: (parsed: object) => component.privacy?.(parsed) }),
      paramsSchema: () => z.toJSONSchema(params, { io: 'output', unrepresentable: 'any' }),
      parseParams: (value) => params.parse(value) as Record<string, unknown>,
      warnings: (node, parsed) =>
        unknownParameters(params, parsed).map((unknown) => describeUnknown(node, unknown)),
    })
  }
  return entries
}
