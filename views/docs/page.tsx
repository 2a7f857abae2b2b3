/**
 * The documentation of an API, made from its OpenAPI document.
 * @module
 */
import type { Child } from 'hono/jsx'

import { Say, t } from '../text/say.tsx'
import { Empty } from '../ui/empty.tsx'
import { countOf } from '../ui/format.ts'
import { Code } from '../ui/json.tsx'
import { PageHead, Section } from '../ui/page.tsx'
import {
  type Body,
  curlOf,
  type OpenApi,
  type Operation,
  operationsOf,
  resolve,
  type Schema,
  schemaName,
  typeWords,
} from './document.ts'

/** The page that names every API. */
export function DocsIndex(props: {
  documents: readonly { name: string; title: string; document: OpenApi; base: string }[]
}) {
  return (
    <>
      <PageHead
        title={t('API documentation')}
        lead={t(
          'Every API that this server speaks. The documents themselves are OpenAPI 3.1, for tools that generate clients.',
        )}
      />
      <ul class="cards">
        {props.documents.map(({ name, title, document, base }) => (
          <li class="card">
            <h2>
              <a href={`/docs/${encodeURIComponent(name)}`}>{title}</a>
            </h2>
            <p class="muted">
              <Prose
                text={document.info?.description?.split('\n')[0] ?? document.info?.title ?? ''}
              />
            </p>
            <p>
              <Say
                text="{operations} under {code} · {link}"
                operations={countOf(operationsOf(document, base).length, 'operation')}
                code={<code>{base || '/'}</code>}
                link={
                  <a href={`/${encodeURIComponent(name)}/openapi.json`} hx-boost="false">
                    openapi.json
                  </a>
                }
              />
            </p>
          </li>
        ))}
        <li class="card">
          <h2>
            <a href="/projects">{t('Projects')}</a>
          </h2>
          <p class="muted">
            {t(
              'Data sets of several parties, alignment, training and predictions, step by step in the console instead of over FedLearn’s API.',
            )}
          </p>
        </li>
        <li class="card">
          <h2>
            <a href="/docs/security">{t('What each protocol reveals')}</a>
          </h2>
          <p class="muted">
            {t(
              'To whom, what that rests on, its source, and what is not constant in time; every message that a component may send.',
            )}
          </p>
        </li>
        <li class="card">
          <h2>
            <a href="/docs/coverage">{t('What is tested')}</a>
          </h2>
          <p class="muted">
            {t('Every endpoint of FATE-Flow and every component, each with its tests.')}
          </p>
        </li>
      </ul>
    </>
  )
}

export interface DocsPageProps {
  readonly name: string
  readonly title: string
  readonly document: OpenApi
  readonly base: string
  /** Where this server is, for the command lines. */
  readonly origin: string
}

/** The page of one API. */
export function DocsPage({ name, title, document, base, origin }: DocsPageProps) {
  const operations = operationsOf(document, base)
  const groups = [...Map.groupBy(operations, (operation) => operation.tag)]
  return (
    <>
      <PageHead
        title={title}
        trail={[['/docs', t('API documentation')]]}
        lead={document.info?.description ? <Prose text={document.info.description} /> : undefined}
        actions={
          <a
            class="button plain"
            href={`/${encodeURIComponent(name)}/openapi.json`}
            hx-boost="false"
          >
            openapi.json
          </a>
        }
      />
      {operations.length === 0 ? <Empty title={t('This API has no operations.')} /> : null}
      <div class="docs-grid">
        <nav class="docs-nav" aria-label={t('Operations')}>
          {groups.map(([tag, group]) => (
            <>
              {tag === '' ? null : <h2>{tag}</h2>}
              <ul>
                {group.map((operation) => (
                  <li>
                    <a href={`#${operation.id}`}>
                      <Method name={operation.method} />
                      <span class="docs-path">
                        {operation.path.split('/').map((part, index) => (
                          <>
                            {index === 0 ? null : '/'}
                            <wbr />
                            {part}
                          </>
                        ))}
                      </span>
                    </a>
                  </li>
                ))}
              </ul>
            </>
          ))}
        </nav>
        <div class="docs-main">
          {operations.map((operation) => (
            <OperationView document={document} operation={operation} origin={origin} />
          ))}
        </div>
      </div>
    </>
  )
}

function OperationView(props: { document: OpenApi; operation: Operation; origin: string }) {
  const { document, operation, origin } = props
  const { parameters, body, responses } = operation
  return (
    <Section
      id={operation.id}
      title={`${operation.method} ${operation.path}`}
      note={operation.summary === '' ? undefined : <Prose text={operation.summary} />}
    >
      {operation.description === '' ? null : (
        <p>
          <Prose text={operation.description} />
        </p>
      )}
      {parameters.length > 0 ? (
        <>
          <h3>{t('Parameters')}</h3>
          <ul class="schema">
            {parameters.map((one) => (
              <Property
                document={document}
                name={one.name}
                schema={one.schema ?? {}}
                isRequired={one.required === true}
                place={one.in}
                description={one.description}
                trail={[]}
              />
            ))}
          </ul>
        </>
      ) : null}
      {body ? (
        <>
          <h3>{t('Body')}</h3>
          <Content document={document} body={body} />
        </>
      ) : null}
      <h3>{t('Responses')}</h3>
      <div class="folds">
        {responses.map(([status, response]) => (
          <details class="fold">
            <summary>
              <strong class={status.startsWith('2') ? 'good' : 'muted'}>{status}</strong>
              <span>
                <Prose text={response.description ?? ''} />
              </span>
            </summary>
            <Content document={document} body={response} />
          </details>
        ))}
      </div>
      <h3>{t('Try it')}</h3>
      <Code
        text={curlOf(document, operation, origin)}
        label={t('command for {path}', { path: operation.path })}
      />
    </Section>
  )
}

function Content({ document, body }: { document: OpenApi; body: Body }): Child {
  const entries = Object.entries(body.content ?? {})
  if (entries.length === 0) return <p class="note">{t('No content.')}</p>
  return (
    <>
      {entries.map(([type, media], index) => (
        <details class="content" open={index === 0}>
          <summary>
            <code>{type}</code>
          </summary>
          {media.schema ? (
            <SchemaView document={document} schema={media.schema} trail={[]} />
          ) : null}
        </details>
      ))}
    </>
  )
}

/** A description's own code marks as code. */
function Prose({ text }: { text: string }) {
  return <>{text.split('`').map((part, index) => (index % 2 === 1 ? <code>{part}</code> : part))}</>
}

interface SchemaViewProps {
  readonly document: OpenApi
  readonly schema: Schema
  /** Names of the schemas around this one: a schema within itself is named, not shown again. */
  readonly trail: readonly string[]
}

function SchemaView({ document, schema, trail }: SchemaViewProps): Child {
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
              {full.allOf ? 'with' : index === 0 ? 'either' : 'or'} {typeWords(document, choice)}
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
          name="any other name"
          schema={others}
          isRequired={false}
          trail={inside}
        />
      ) : null}
    </ul>
  )
}

function Property(
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

function Method({ name }: { name: string }) {
  return <span class={`method method-${name.toLowerCase()}`}>{name}</span>
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
