/**
 * Schemas of an OpenAPI document as nested lists of fields.
 * @module
 */
import type { Child } from 'hono/jsx'

import { Say, t } from '../text/say.tsx'
import { type OpenApi, resolve, type Schema, schemaName, typeWords } from './document.ts'
import { Prose } from './prose.tsx'

interface SchemaViewProps {
  readonly document: OpenApi
  readonly schema: Schema
  /** Names of the schemas around this one: a schema within itself is named, not shown again. */
  readonly trail: readonly string[]
}

/** The fields of a schema, those of its parts folded. */
export function SchemaView({ document, schema, trail }: SchemaViewProps): Child {
  const inner = innerOf(document, schema)
  const name = schemaName(inner)
  const inside = name === undefined ? trail : [...trail, name]
  if (name !== undefined && trail.includes(name))
    return (
      <p class="note">
        <Say text="{name}, as above." name={name} />
      </p>
    )
  const full = resolve(document, inner)
  const choices = full.anyOf ?? full.oneOf ?? full.allOf
  if (choices?.some((choice) => hasParts(document, choice))) {
    return (
      <>
        {choices.map((choice, index) => (
          <div class="choice">
            <p class="muted">
              {full.allOf ? t('with') : index === 0 ? t('either') : t('or')}{' '}
              {typeWords(document, choice)}
            </p>
            <SchemaView document={document} schema={choice} trail={inside} />
          </div>
        ))}
      </>
    )
  }
  const properties = Object.entries(full.properties ?? {})
  const others =
    typeof full.additionalProperties === 'object' ? full.additionalProperties : undefined
  if (properties.length === 0 && !others) return null
  return (
    <ul class="schema">
      {properties.map(([key, property]) => (
        <Property
          document={document}
          name={key}
          schema={property}
          isRequired={full.required?.includes(key) === true}
          trail={inside}
        />
      ))}
      {others && Object.keys(others).length > 0 ? (
        <Property
          document={document}
          name={t('any other name')}
          schema={others}
          isRequired={false}
          trail={inside}
        />
      ) : null}
    </ul>
  )
}

/** One field, with what is in it. */
export function Property(
  props: SchemaViewProps & {
    name: string
    isRequired: boolean
    place?: string
    description?: string
  },
): Child {
  const { document, name, schema, isRequired, place, trail } = props
  const full = resolve(document, schema)
  const description = props.description ?? schema.description ?? full.description
  return (
    <li>
      <p class="property">
        <code>{name}</code> <span class="muted">{typeWords(document, schema)}</span>
        {place === undefined ? null : (
          <span class="muted">
            <Say text="in {place}" place={place} />
          </span>
        )}
        {isRequired ? <span class="required">{t('required')}</span> : null}
        {limitsOf(full)}
      </p>
      {description === undefined ? null : (
        <p class="property-words">
          <Prose text={description} />
        </p>
      )}
      {hasParts(document, schema) ? (
        <details class="nested">
          <summary>
            {t('Fields')}
            <span class="visually-hidden">
              <Say text="of {name}" name={name} />
            </span>
          </summary>
          <SchemaView document={document} schema={schema} trail={trail} />
        </details>
      ) : null}
    </li>
  )
}

function limitsOf(schema: Schema): string | null {
  const words = [
    schema.default === undefined
      ? undefined
      : t('default {value}', { value: JSON.stringify(schema.default) }),
    schema.minimum === undefined ? undefined : t('from {minimum}', { minimum: schema.minimum }),
    schema.maximum === undefined ? undefined : t('to {maximum}', { maximum: schema.maximum }),
    schema.pattern === undefined ? undefined : t('like {pattern}', { pattern: schema.pattern }),
  ].filter((word) => word !== undefined)
  return words.length === 0 ? null : ` · ${words.join(' · ')}`
}

/** The schema of an array's items, however deep. */
function innerOf(document: OpenApi, schema: Schema): Schema {
  let current = schema
  for (;;) {
    const full = resolve(document, current)
    if (full.type !== 'array' || !full.items) return current
    current = full.items
  }
}

function hasParts(document: OpenApi, schema: Schema): boolean {
  const full = resolve(document, innerOf(document, schema))
  if (full.properties && Object.keys(full.properties).length > 0) return true
  if (typeof full.additionalProperties === 'object') {
    return hasParts(document, full.additionalProperties)
  }
  const choices = full.anyOf ?? full.oneOf ?? full.allOf ?? []
  return choices.some((choice) => hasParts(document, choice))
}
