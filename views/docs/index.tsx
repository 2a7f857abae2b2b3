/**
 * The list of APIs, and of pages about all of them.
 * @module
 */
import { Say, t } from '../text/say.tsx'
import { countOf } from '../ui/format.ts'
import { PageHead } from '../ui/page.tsx'
import { type OpenApi, operationsOf } from './document.ts'
import { inWords, Prose } from './prose.tsx'

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
              <a href={`/docs/${encodeURIComponent(name)}`}>{inWords(title)}</a>
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
            {t('Every endpoint, algorithm, component and unit of each API, each with its tests.')}
          </p>
        </li>
      </ul>
    </>
  )
}
