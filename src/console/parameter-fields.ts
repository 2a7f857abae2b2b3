/**
 * From the parameters of a job's components to fields of a form, by the components' own schemas, and back into the
 * job's configuration.
 * @module
 */
import { z } from 'zod'

import type { ParameterField, ParameterSection } from '../../views/job/parameter-form.tsx'
import type { Catalog } from '../domain/catalog.ts'
import type { FateSubmission } from './deps.ts'

type Json = Record<string, unknown>

/** One value that somebody changed. */
export interface ParameterChange {
  readonly component: string
  readonly path: string
  readonly from: string
  readonly to: string
}

/** The sections of a form for a job, one a component, with what holds for all its parties. */
export function parameterSections(catalog: Catalog, job: FateSubmission): ParameterSection[] {
  const components = recordOf(job.job_dsl['components'])
  return Object.entries(components).flatMap(([component, value]) => {
    const module = recordOf(value)['module']
    const entry = typeof module === 'string' ? catalog.get(module) : undefined
    if (!entry) return []
    const given = recordOf(commonOf(job.job_runtime_conf)[component])
    const params = filled(given, (raw) => entry.parseParams(raw))
    const own = rolesOf(job.job_runtime_conf, component)
    const fields = fieldsOf(entry.paramsSchema(), params).map((field) => {
      const roles = own.filter(({ paths }) => paths.some((path) => isWithin(path, field.path)))
      return {
        ...field,
        name: `p:${component}:${field.path}`,
        ...(roles.length > 0
          ? { hint: `Set for ${roles.map(({ role }) => role).join(', ')} alone, which goes first.` }
          : {}),
      }
    })
    return [{ component, module: entry.name, summary: entry.summary, fields }]
  })
}

/** The job with what a form changed, or what is wrong with it by field. */
export function applyParameters(
  catalog: Catalog,
  job: FateSubmission,
  form: Readonly<Record<string, string>>,
): { job: FateSubmission; changes: ParameterChange[]; errors: Record<string, string> } {
  const sections = parameterSections(catalog, job)
  const errors: Record<string, string> = {}
  const changes: ParameterChange[] = []
  const conf = structuredClone(job.job_runtime_conf)
  for (const { component, module, fields } of sections) {
    const changed = fields.filter(({ name, value }) => name in form && form[name] !== value)
    if (changed.length === 0) continue
    const common = recordOf(commonOf(conf)[component])
    for (const field of changed) {
      const read = readValue(field, form[field.name])
      if ('error' in read) errors[field.name] = read.error
      else {
        setAt(common, field.path.split('.'), read.value)
        changes.push({ component, path: field.path, from: field.value, to: form[field.name] })
      }
    }
    setCommon(conf, component, common)
    Object.assign(errors, faultsOf(catalog, { component, module, common, fields, errors }))
  }
  return { job: { ...job, job_runtime_conf: conf }, changes, errors }
}

/** The sections with what somebody wrote in place of what was there. */
export function withTexts(
  sections: readonly ParameterSection[],
  form: Readonly<Record<string, string>>,
): ParameterSection[] {
  return sections.map((section) => ({
    ...section,
    fields: section.fields.map((field) => ({ ...field, value: form[field.name] ?? field.value })),
  }))
}

/** What a component's own check says, at the field that it speaks of. */
function faultsOf(
  catalog: Catalog,
  given: {
    component: string
    module: string
    common: Json
    fields: readonly ParameterField[]
    errors: Readonly<Record<string, string>>
  },
): Record<string, string> {
  const { component, module, common, fields, errors } = given
  const found: Record<string, string> = {}
  try {
    catalog.get(module)?.parseParams(common)
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error
    for (const { path, message } of error.issues) {
      const text = path.join('.')
      const field = fields.find((one) => isWithin(text, one.path) || isWithin(one.path, text))
      const name = field?.name ?? `p:${component}:`
      if (!(name in errors)) found[name] ??= message
    }
  }
  return found
}

/** Leaves of the schema, objects with known keys taken apart. */
function fieldsOf(schema: Json, values: Json, prefix = ''): Omit<ParameterField, 'name'>[] {
  return Object.entries(recordOf(schema['properties'])).flatMap(([key, value]) => {
    const property = recordOf(value)
    const path = `${prefix}${key}`
    if (Object.keys(recordOf(property['properties'])).length > 0) {
      return fieldsOf(property, recordOf(values[key]), `${path}.`)
    }
    const current = key in values ? values[key] : property['default']
    return [{ path, ...shapeOf(property, current) }]
  })
}

function shapeOf(
  property: Json,
  value: unknown,
): Pick<ParameterField, 'kind' | 'options' | 'value'> {
  const choices = choicesOf(property)
  const types = typesOf(property)
  const isNullable = types.has('null')
  types.delete('null')
  const kind =
    choices.length > 0
      ? 'choice'
      : types.size === 1 && types.has('boolean')
        ? 'boolean'
        : types.size === 1 && (types.has('number') || types.has('integer'))
          ? 'number'
          : types.size === 1 && types.has('string')
            ? 'text'
            : 'json'
  const options =
    kind === 'boolean'
      ? ['true', 'false']
      : isNullable && choices.length > 0
        ? ['', ...choices]
        : choices
  return { kind, options, value: toText(value, kind) }
}

function choicesOf(property: Json): string[] {
  const own = property['enum']
  if (Array.isArray(own)) return own.map(String)
  const any = property['anyOf']
  if (!Array.isArray(any)) return []
  const parts = any.map(recordOf).filter(({ type }) => type !== 'null')
  return parts.length === 1 ? choicesOf(parts[0]) : []
}

function typesOf(property: Json): Set<string> {
  const { type, anyOf } = property
  if (Array.isArray(anyOf)) return new Set(anyOf.flatMap((part) => [...typesOf(recordOf(part))]))
  if (Array.isArray(type)) return new Set(type.map(String))
  return new Set([typeof type === 'string' ? type : 'any'])
}

function toText(value: unknown, kind: ParameterField['kind']): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string' && kind !== 'json') return value
  return JSON.stringify(value)
}

function readValue(field: ParameterField, text: string): { value: unknown } | { error: string } {
  const { kind, options } = field
  const trimmed = text.trim()
  if (trimmed === '') return { value: null }
  if (kind === 'boolean') return { value: trimmed === 'true' }
  if (kind === 'choice') {
    return options.includes(trimmed) ? { value: trimmed } : { error: 'Choose one of the list.' }
  }
  if (kind === 'text') return { value: text }
  if (kind === 'number') {
    // A minus sign may have been typed as one.
    const number = Number(trimmed.replace('−', '-'))
    return Number.isFinite(number) ? { value: number } : { error: 'Write a number.' }
  }
  try {
    return { value: JSON.parse(trimmed) as unknown }
  } catch {
    return { error: 'Write JSON, such as ["a", "b"], 5 or null.' }
  }
}

/** The parameters for all parties, by component, in either version of the configuration. */
function commonOf(conf: Json): Json {
  return isTwo(conf)
    ? recordOf(recordOf(conf['component_parameters'])['common'])
    : recordOf(conf['algorithm_parameters'])
}

function setCommon(conf: Json, component: string, params: Json): void {
  if (!isTwo(conf)) {
    conf['algorithm_parameters'] = {
      ...recordOf(conf['algorithm_parameters']),
      [component]: params,
    }
    return
  }
  const all = recordOf(conf['component_parameters'])
  const common = { ...recordOf(all['common']), [component]: params }
  conf['component_parameters'] = { ...all, common }
}

/** Which roles have parameters of their own for a component, and which. */
function rolesOf(conf: Json, component: string): { role: string; paths: string[] }[] {
  const roles = isTwo(conf)
    ? recordOf(recordOf(conf['component_parameters'])['role'])
    : recordOf(conf['role_parameters'])
  return Object.entries(roles).flatMap(([role, value]) => {
    const groups = isTwo(conf) ? Object.values(recordOf(value)) : [value]
    const paths = groups.flatMap((group) => leavesOf(recordOf(recordOf(group)[component])))
    return paths.length === 0 ? [] : [{ role, paths }]
  })
}

function leavesOf(value: Json, prefix = ''): string[] {
  return Object.entries(value).flatMap(([key, item]) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? leavesOf(item as Json, `${prefix}${key}.`)
      : [`${prefix}${key}`],
  )
}

/** With defaults where they can be had; as they are where the component refuses them. */
function filled(given: Json, parse: (raw: Json) => Json): Json {
  try {
    return parse(given)
  } catch (error) {
    if (error instanceof z.ZodError) return given
    throw error
  }
}

function setAt(target: Json, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path
  if (rest.length === 0) {
    target[key] = value
    return
  }
  const inner = { ...recordOf(target[key]) }
  target[key] = inner
  setAt(inner, rest, value)
}

function isWithin(path: string, outer: string): boolean {
  return path === outer || path.startsWith(`${outer}.`)
}

function isTwo(conf: Json): boolean {
  return String(conf['dsl_version']) === '2'
}

function recordOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
}
