/**
 * What is tested of each API: the ways to its page, and how much stands there.
 * @module
 */
import { t, told } from '../text/say.tsx'
import { formatNumber } from '../ui/format.ts'
import { PageHead } from '../ui/page.tsx'
import type { CoveragePage } from './coverage/index.ts'
import { type Block, readMarkdown } from './markdown.ts'
import { headingOf } from './prose.tsx'

/** The list of APIs, each with the sections of its page. */
export function TestedPage({ pages }: { pages: Readonly<Record<string, CoveragePage>> }) {
  return (
    <>
      <PageHead
        title={t('What is tested')}
        trail={[['/docs', t('API documentation')]]}
        lead={t(
          'Everything that an API has, beside the tests that cover it. These pages are made from the code; a test fails where something has no test.',
        )}
      />
      <ul class="cards">
        {Object.entries(pages).map(([name, { title, text }]) => (
          <li class="card">
            <h2>
              <a href={coverageHref(name)}>{told(title)}</a>
            </h2>
            <ul class="tested">
              {sectionsOf(readMarkdown(text)).map(({ id, heading, rows }) => (
                <li>
                  <a href={`${coverageHref(name)}#${id}`}>{headingOf(heading)}</a>
                  <span class="muted">{formatNumber(rows)}</span>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </>
  )
}

/** Where the page of an API is. */
export function coverageHref(api: string): string {
  return `/docs/coverage/${encodeURIComponent(api)}`
}

/** The tables of a page by the heading above each. */
function sectionsOf(
  blocks: readonly Block[],
): readonly { readonly id: string; readonly heading: string; readonly rows: number }[] {
  return blocks.flatMap((block, at) => {
    if (block.kind !== 'table') return []
    const above = blocks.slice(0, at).findLast((one) => one.kind === 'heading')
    return above?.kind === 'heading'
      ? [{ id: above.id, heading: above.text, rows: block.rows.length }]
      : []
  })
}
