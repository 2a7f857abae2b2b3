/**
 * The documentation of an API, made from its OpenAPI document.
 * @module
 */
import type { Child } from 'hono/jsx'

import { t } from '../text/say.tsx'
import { Empty } from '../ui/empty.tsx'
import { Code } from '../ui/json.tsx'
import { PageHead, Section } from '../ui/page.tsx'
import { type Body, curlOf, type OpenApi, type Operation, operationsOf } from './document.ts'
import { inWords, Prose } from './prose.tsx'
import { Property, SchemaView } from './schema.tsx'
import { coverageHref } from './tested.tsx'

export interface DocsPageProps {
  readonly name: string
  readonly title: string
  readonly document: OpenApi
  readonly base: string
  /** Where this server is, for the command lines. */
  readonly origin: string
  /** Whether there is a page of its tests. */
  readonly tested?: boolean
}

/** The page of one API. */
export function DocsPage(props: DocsPageProps) {
  const { name, title, document, base, origin, tested = false } = props
  const operations = operationsOf(document, base)
  const groups = [...Map.groupBy(operations, (operation) => operation.tag)]
  return (
    <>
      <PageHead
        title={inWords(title)}
        trail={[['/docs', t('API documentation')]]}
        lead={document.info?.description ? <Prose text={document.info.description} /> : undefined}
        actions={
          <>
            {tested ? (
              <a class="button plain" href={coverageHref(name)}>
                {t('What is tested')}
              </a>
            ) : null}
            <a
              class="button plain"
              href={`/${encodeURIComponent(name)}/openapi.json`}
              hx-boost="false"
            >
              openapi.json
            </a>
          </>
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
        label={t('command for {path}', { path: `${operation.method} ${operation.path}` })}
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

function Method({ name }: { name: string }) {
  return <span class={`method method-${name.toLowerCase()}`}>{name}</span>
}
