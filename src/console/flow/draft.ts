/**
 * A flow that is being written: the form as it was sent, the change that a button asks for, and what follows from it.
 * @module
 */
import type { Draft, EditorProblem, PaletteUnit } from '../../../views/flow/editor.tsx'
import type { Chosen, NodeField } from '../../../views/flow/inspector.tsx'
import { checkFlow } from '../../api/flow-check.ts'
import { invalid } from '../../domain/error.ts'
import { listUnits } from '../../domain/flow-unit.ts'
import type { FlowDocument } from '../../flow/stream/document.ts'
import {
  addEdge,
  addNode,
  isEditable,
  removeEdge,
  removeNode,
  setAttributes,
} from '../../flow/stream/edit.ts'
import type { UnitDescriptor } from '../../flow/stream/unit.ts'
import type { Db } from '../deps.ts'
import { type DrawnGraph, sketchOf } from './sketch.ts'

/** The fields of the form. */
export interface DraftForm {
  readonly name: string
  readonly dot: string
  readonly rest: string
  readonly strict: boolean
  readonly trace: boolean
  /** A number, as far as it is one. */
  readonly replicas: string
  /** The node whose form is shown; empty for none. */
  readonly node: string
}

/** A small flow to begin with. */
export const FIRST_DOT = `digraph {
  receive [type=flowunit, flowunit=httpserver_sync_receive, endpoint="http://127.0.0.1:0/echo"]
  reply [type=flowunit, flowunit=httpserver_sync_reply]
  receive:out_request_info -> reply:in_reply_info
}
`

/** Settings that every node has. */
const COMMON: readonly NodeField[] = [
  ['batch_size', 'Buffers a call'],
  ['queue_size', 'Buffers that may wait at an in-port'],
  ['deviceid', 'Ids of devices'],
].map(([key, description]) => ({ key, type: 'int', description, value: '', fallback: '' }))

/** A form in which nothing is written yet. */
export const EMPTY_FORM: DraftForm = {
  name: '',
  dot: '',
  rest: '{}',
  strict: true,
  trace: false,
  replicas: '1',
  node: '',
}

/** The form of a flow that there is. */
export function formOf(
  { name, replicas }: { readonly name: string; readonly replicas: number },
  document: FlowDocument,
): DraftForm {
  const { strict, trace, graphconf, performance, session, profileDir } = document
  const rest = {
    flow: { name: document.name, desc: document.description },
    driver: { dir: document.driverDirs },
    args: document.args,
    profile: { performance, session, dir: profileDir },
    ...(document.logLevel === null ? {} : { log: { level: document.logLevel } }),
  }
  return {
    ...EMPTY_FORM,
    name,
    dot: graphconf ?? '',
    rest: JSON.stringify(rest),
    strict,
    trace,
    replicas: String(replicas),
  }
}

/** The document that a form describes. */
export function sourceOf({ dot, rest, strict, trace }: DraftForm): Record<string, unknown> {
  let other: unknown
  try {
    other = JSON.parse(rest === '' ? '{}' : rest)
  } catch {
    throw invalid('The form was changed on its way: load the page again')
  }
  const others = isTable(other) ? other : {}
  const profile = isTable(others['profile']) ? others['profile'] : {}
  return {
    ...others,
    graph: { format: 'graphviz', graphconf: dot, strict },
    profile: { ...profile, trace },
  }
}

/** The form after the change that `what` names; `fields` has everything that was sent. */
export function changeDraft(
  form: DraftForm,
  what: string,
  { fields, units }: { fields: ReadonlyMap<string, string>; units: readonly UnitDescriptor[] },
): DraftForm {
  const { dot } = form
  if (what.startsWith('show:')) return { ...form, node: what.slice(5) }
  if (!isEditable(dot)) return form
  if (what.startsWith('add:')) {
    const unit = units.find((one) => keyOf(one) === what.slice(4))
    return unit ? addUnit(form, unit) : form
  }
  // The form of the node that was shown, whatever is chosen by now.
  const node = fields.get('shown') ?? ''
  const graph = sketchOf(dot, { units, problems: [] })
  if (!graph.sketch.nodes.some(({ name }) => name === node)) return form
  if (what === 'set') return { ...form, node, dot: setAttributes(dot, node, changesIn(fields)) }
  if (what === 'remove') return { ...form, node: '', dot: removeNode(dot, node) }
  if (what === 'connect') {
    const from = endOf(fields.get('from'))
    const to = endOf(fields.get('to'))
    return from && to ? { ...form, node, dot: addEdge(dot, { from, to }) } : form
  }
  const edge = what.startsWith('cut:') ? graph.sketch.edges[Number(what.slice(4))] : undefined
  return edge ? { ...form, node, dot: removeEdge(dot, edge) } : form
}

/** Everything that the page shows of a form. */
export async function draftOf(
  db: Db,
  form: DraftForm,
  more: { readonly isKnown: boolean; readonly refusal?: string },
): Promise<Draft> {
  const units = await knownUnits(db)
  const { problems } = await checkFlow(db, sourceOf(form))
  const lines = form.dot.split('\n')
  const graph = sketchOf(form.dot, { units, problems })
  const shown: EditorProblem[] = problems.map(({ place, message }) => ({
    line: place?.line ?? null,
    column: place?.column ?? null,
    message,
    quote: place ? (lines[place.line - 1] ?? '').trim().slice(0, 120) : '',
  }))
  const { name, dot, rest, strict, trace, replicas, node } = form
  const editable = isEditable(dot)
  return {
    name,
    dot,
    rest,
    strict,
    trace,
    replicas,
    ...more,
    sketch: graph.sketch,
    isEditable: editable,
    problems: shown,
    palette: paletteOf(units),
    chosen: editable ? chosenOf(graph, node) : undefined,
  }
}

/** The units that runners have told of. */
export async function knownUnits(db: Db): Promise<readonly UnitDescriptor[]> {
  const all = (await listUnits(db)).map(({ descriptor }) => descriptor as unknown)
  return all as readonly UnitDescriptor[]
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function keyOf({ name, device }: UnitDescriptor): string {
  return `${name}@${device}`
}

function addUnit(form: DraftForm, { name, device, options }: UnitDescriptor): DraftForm {
  const taken = new Set(
    sketchOf(form.dot, { units: [], problems: [] }).sketch.nodes.map((node) => node.name),
  )
  let node = name
  for (let number = 2; taken.has(node); number++) node = `${name}_${number}`
  // What it cannot do without is there to be filled in.
  const needed = options.filter(({ required }) => required)
  const attributes = {
    type: 'flowunit',
    flowunit: name,
    device,
    ...Object.fromEntries(needed.map((option) => [option.name, option.default ?? ''])),
  }
  return { ...form, node, dot: addNode(form.dot, { name: node, attributes }) }
}

function changesIn(fields: ReadonlyMap<string, string>): Record<string, string | null> {
  return Object.fromEntries(
    [...fields].flatMap(([name, value]) =>
      name.startsWith('opt.') ? [[name.slice(4), value === '' ? null : value]] : [],
    ),
  )
}

/** `node:port`; node names may have colons, ports do not. */
function endOf(text = ''): { node: string; port: string } | undefined {
  const colon = text.lastIndexOf(':')
  return colon < 1 ? undefined : { node: text.slice(0, colon), port: text.slice(colon + 1) }
}

function paletteOf(units: readonly UnitDescriptor[]): Draft['palette'] {
  const groups = Map.groupBy(units, ({ group }) => group)
  return [...groups].map(([group, members]): [string, PaletteUnit[]] => [
    group,
    members.map((unit) => {
      const { name, device, description } = unit
      return { key: keyOf(unit), name, device, description }
    }),
  ])
}

function chosenOf({ sketch, details }: DrawnGraph, name: string): Chosen | undefined {
  const node = sketch.nodes.find((one) => one.name === name)
  const detail = details.get(name)
  if (!node || !detail) return undefined
  const { unit, attributes } = detail
  const options = (unit?.options ?? []).map((option): NodeField => ({
    key: option.name,
    type: option.type,
    description: option.description,
    value: attributes.get(option.name) ?? '',
    fallback: option.default ?? '',
    ...(option.values ? { values: Object.keys(option.values) } : {}),
    ...(option.secret ? { isSecret: true } : {}),
    ...(option.required && option.default === undefined ? { isRequired: true } : {}),
  }))
  const common = COMMON.map((field) => ({ ...field, value: attributes.get(field.key) ?? '' }))
  const others = sketch.nodes.flatMap((other) =>
    other.inputs.map((port) => `${other.name}:${port}`),
  )
  return {
    name,
    unit: node.unit,
    description: unit?.description ?? '',
    fields: [...options, ...common],
    edges: sketch.edges.flatMap(({ from, to }, index) =>
      from.node === name || to.node === name
        ? [{ index, text: `${from.node}:${from.port ?? ''} → ${to.node}:${to.port ?? ''}` }]
        : [],
    ),
    sources: node.outputs.map((port) => `${name}:${port}`),
    targets: others,
  }
}
