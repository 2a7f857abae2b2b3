/**
 * The form of the chosen node: its unit's options, its queues, its edges.
 * @module
 */
import { t, told } from '../text/say.tsx'
import { Field, SelectField, TextField } from '../ui/field.tsx'
import { Section } from '../ui/page.tsx'
import type { Draft } from './editor.tsx'

/** A setting of a node as the form shows it. */
export interface NodeField {
  /** The attribute. */
  readonly key: string
  readonly type: string
  readonly description: string
  /** Empty where the text does not say. */
  readonly value: string
  readonly fallback: string
  /** The only values there are. */
  readonly values?: readonly string[]
  readonly isSecret?: boolean
  readonly isRequired?: boolean
}

export interface Chosen {
  readonly name: string
  readonly unit: string
  readonly description: string
  readonly fields: readonly NodeField[]
  /** Its edges, each with its place among all. */
  readonly edges: readonly { readonly index: number; readonly text: string }[]
  /** Ports that an edge may begin at: `node:port`. */
  readonly sources: readonly string[]
  /** Ports of other nodes that an edge may lead to. */
  readonly targets: readonly string[]
}

/** The choice of a node, and its form. */
export function Inspector({ draft }: { draft: Draft }) {
  const { sketch, chosen, isEditable } = draft
  return (
    <Section id="node-form" title={t('Node')}>
      <div class="fields">
        <SelectField
          name="node"
          label={t('Chosen node')}
          value={chosen?.name ?? ''}
          options={[['', t('none')], ...sketch.nodes.map(({ name }) => [name, name] as const)]}
        />
        <div class="field">
          <button type="submit" class="button plain" name="do" value="show">
            {t('Show')}
          </button>
        </div>
      </div>
      {chosen && isEditable ? <NodeForm chosen={chosen} /> : null}
      {!isEditable && sketch.nodes.length > 0 ? (
        <p class="note">{t('Mend the text first: it cannot be read.')}</p>
      ) : null}
    </Section>
  )
}

function NodeForm({ chosen }: { chosen: Chosen }) {
  const { name, unit, description, fields, edges, sources, targets } = chosen
  return (
    <>
      <input type="hidden" name="shown" value={name} />
      <p class="note">
        <strong>{unit}</strong> {told(description)}
      </p>
      <div class="fields">
        {fields.map((field) => (
          <NodeFieldControl field={field} />
        ))}
      </div>
      <div class="actions">
        <button type="submit" class="button primary" name="do" value="set">
          {t('Apply to the text')}
        </button>
        <button type="submit" class="button danger" name="do" value="remove">
          {t('Remove the node')}
        </button>
      </div>
      <h3>{t('Edges')}</h3>
      <ul class="palette">
        {edges.map(({ index, text }) => (
          <li>
            <code>{text}</code>
            <button
              type="submit"
              class="button small plain"
              name="do"
              value={`cut:${index}`}
              aria-label={t('Remove the edge {edge}', { edge: text })}
            >
              {t('Remove')}
            </button>
          </li>
        ))}
      </ul>
      {sources.length === 0 || targets.length === 0 ? null : (
        <div class="fields">
          <SelectField
            name="from"
            label={t('Edge from')}
            value={sources[0]}
            options={sources.map((port) => [port, port] as const)}
          />
          <SelectField
            name="to"
            label={t('Edge to')}
            value={targets[0]}
            options={targets.map((port) => [port, port] as const)}
          />
          <div class="field">
            <button type="submit" class="button plain" name="do" value="connect">
              {t('Connect')}
            </button>
          </div>
        </div>
      )}
    </>
  )
}

function NodeFieldControl({ field }: { field: NodeField }) {
  const { key, type, description, value, fallback, values, isSecret, isRequired } = field
  const name = `opt.${key}`
  const byDefault = fallback === '' ? t('not set') : t('default: {value}', { value: fallback })
  const choices = values ?? (type === 'bool' ? ['true', 'false'] : undefined)
  const label = isRequired ? `${key} *` : key
  if (choices && (value === '' || choices.includes(value)))
    return (
      <SelectField
        name={name}
        label={label}
        hint={description}
        value={value}
        options={[['', byDefault], ...choices.map((one) => [one, one] as const)]}
      />
    )
  if (!isSecret && description === '') return <TextField name={name} label={label} value={value} />
  return (
    <Field
      name={name}
      label={label}
      hint={description}
      control={(tie) => (
        <input
          {...tie}
          type={isSecret ? 'password' : 'text'}
          value={value}
          placeholder={fallback}
          autocomplete="off"
        />
      )}
    />
  )
}
