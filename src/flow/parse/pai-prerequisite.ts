/**
 * What a job of the OpenPAI job protocol needs beside its commands: images, data, scripts, places for output.
 * @module
 */
import {
  below,
  entriesOf,
  listOf,
  matching,
  objectOf,
  oneOf,
  only,
  optional,
  type PaiPart,
  refusePart,
  required,
  stringOf,
} from './pai-check.ts'
import { type PaiPlugin, readCommandPlugin } from './pai-extras.ts'

export interface PaiPrerequisite {
  readonly name: string
  readonly type: string
  /** Of an image; of others empty, they stand in `fields`. */
  readonly uri: string
  /** Everything that the document says of it, for templates. */
  readonly fields: Readonly<Record<string, unknown>>
  /** Where it comes from, as the document has it; of images as well. */
  readonly uris: readonly string[]
  /** What it has done before and after the commands of a role that names it. */
  readonly plugin: PaiPlugin | null
}

const NAME = /^[a-zA-Z0-9_-]+$/
const TYPES = ['dockerimage', 'data', 'script', 'output'] as const
const IMAGE = [
  'protocolVersion',
  'name',
  'type',
  'version',
  'contributor',
  'description',
  'auth',
  'uri',
] as const
const COMMAND_PLUGIN = /(^|\.)cmd$/

/** All of them. Names are unique within a type. */
export function readPrerequisites(part: PaiPart): PaiPrerequisite[] {
  const seen = new Set<string>()
  return listOf(part).map((item) => {
    const one = readPrerequisite(item)
    const key = `${one.type} ${one.name}`
    if (seen.has(key))
      refusePart(item, `should have a name of its own: ${one.type} "${one.name}" is there twice`)
    seen.add(key)
    return one
  })
}

function readPrerequisite(part: PaiPart): PaiPrerequisite {
  const fields = objectOf(part)
  const type = oneOf(required(part, 'type'), TYPES)
  optional(part, 'protocolVersion', (value) => oneOf(value, [2, '2']))
  const name = matching(required(part, 'name'), NAME)
  optional(part, 'plugin', stringOf)
  optional(part, 'require', (list) => listOf(list).map(stringOf))
  let uri = ''
  let uris: readonly string[] = []
  if (type === 'dockerimage') {
    only(part, IMAGE)
    uri = stringOf(required(part, 'uri'))
    uris = [uri]
    const auth = below(part, 'auth')
    if (auth) {
      only(auth, ['username', 'password', 'registryuri'])
      for (const [, value] of entriesOf(auth)) stringOf(value)
    }
  } else if (type === 'data') {
    uris = optional(part, 'uri', (list) => listOf(list, 1).map(stringOf)) ?? []
  } else {
    const one = optional(part, 'uri', stringOf)
    uris = one === undefined || one === '' ? [] : [one]
  }
  const byCommands = typeof fields.plugin === 'string' && COMMAND_PLUGIN.test(fields.plugin)
  return {
    name,
    type,
    uri,
    uris,
    fields,
    plugin: byCommands ? readCommandPlugin(part, null) : null,
  }
}
