/**
 * buff_meta_mapping: a meta under another name, with other values where rules say so.
 * @module
 */
import type { MetaValue } from '../../flow/stream/buffer.ts'
import type { FlowUnit, Unit } from '../../flow/stream/unit.ts'

export const buffMetaMapping: FlowUnit = {
  descriptor: {
    name: 'buff_meta_mapping',
    device: 'cpu',
    version: '1.0.0',
    group: 'Generic',
    description: 'Copies a meta under another name; rules replace values on the way',
    kind: 'stream',
    maxBatch: 32,
    defaultBatch: 8,
    inputs: [{ name: 'in_data' }],
    outputs: [{ name: 'out_data' }],
    options: [
      { name: 'src_meta', type: 'string', description: 'The meta to read', required: true },
      { name: 'dest_meta', type: 'string', description: 'The meta to write', required: true },
      { name: 'rules', type: 'list', description: 'Values and what they become: a=b,c=d' },
    ],
  },
  create: createMapping,
}

function createMapping(): Unit {
  let from = ''
  let to = ''
  let rules = new Map<string, string>()

  return {
    open(config) {
      from = config.text('src_meta')
      to = config.text('dest_meta')
      rules = new Map(config.list('rules').map(ruleOf))
    },
    process(context) {
      const out = context.output('out_data')
      for (const buffer of context.input('in_data')) {
        const { meta } = buffer
        if (!Object.hasOwn(meta, from)) out.push(buffer)
        else out.push({ ...buffer, meta: { ...meta, [to]: mapped(meta[from], rules) } })
      }
    },
  }
}

function ruleOf(rule: string): [string, string] {
  const at = rule.indexOf('=')
  if (at <= 0) throw new RangeError(`rules has "${rule}": write value=other`)
  return [rule.slice(0, at).trim(), rule.slice(at + 1).trim()]
}

/** A number stays a number where what it becomes is one. */
function mapped(value: MetaValue, rules: ReadonlyMap<string, string>): MetaValue {
  const other = rules.get(typeof value === 'object' ? JSON.stringify(value) : String(value))
  if (other === undefined) return value
  if (typeof value === 'number' && other !== '' && Number.isFinite(Number(other)))
    return Number(other)
  return typeof value === 'boolean' && (other === 'true' || other === 'false')
    ? other === 'true'
    : other
}
