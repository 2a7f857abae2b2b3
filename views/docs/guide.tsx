/**
 * A page of documentation that is written in Markdown: a card for each of its sections, and a list of them beside it.
 * @module
 */
import type { Child } from 'hono/jsx'

import { language, t, told, type Word } from '../text/say.tsx'
import { PageHead, Section } from '../ui/page.tsx'
import { ListTable } from '../ui/table.tsx'
import { type Block, type Cells, type Inline, readMarkdown } from './markdown.ts'
import { headingOf, inWords } from './prose.tsx'

type Heading = Extract<Block, { kind: 'heading' }>

interface Part {
  readonly heading: Heading
  readonly blocks: readonly Block[]
}

/**
 * The page; its first heading is the title, what follows up to the second is the lead. `trail` are pages between it and
 * the list of APIs.
 */
export function GuidePage({
  text,
  trail = [],
}: {
  text: string
  trail?: readonly (readonly [href: string, name: Word])[]
}) {
  const { title, lead, parts } = partsOf(readMarkdown(text))
  return (
    <>
      <PageHead
        title={headingOf(title)}
        trail={[
          ['/docs', t('API documentation')],
          ...trail.map(([href, name]): [string, string] => [href, t(name)]),
        ]}
        lead={lead.map((block) =>
          block.kind === 'paragraph' ? <Words parts={block.parts} /> : null,
        )}
      />
      <EnglishNote />
      <div class="docs-grid">
        <nav class="docs-nav" aria-label={t('Sections')}>
          <ul>
            {parts.map(({ heading, blocks }) => (
              <li>
                <a href={`#${heading.id}`}>{headingOf(heading.text)}</a>
                <Inside headings={blocks.filter((block) => block.kind === 'heading')} />
              </li>
            ))}
          </ul>
        </nav>
        <div class="guide">
          {parts.map(({ heading, blocks }) => (
            <Section id={heading.id} title={headingOf(heading.text)}>
              {blocks.map((block, index) => (
                <BlockView block={block} under={captionOf(blocks.slice(0, index), heading)} />
              ))}
            </Section>
          ))}
        </div>
      </div>
    </>
  )
}

function Inside({ headings }: { headings: readonly Heading[] }) {
  if (headings.length === 0) return null
  return (
    <ul>
      {headings.map(({ id, text }) => (
        <li>
          <a href={`#${id}`}>{text}</a>
        </li>
      ))}
    </ul>
  )
}

function BlockView({ block, under }: { block: Block; under: string }): Child {
  switch (block.kind) {
    case 'heading':
      return <h3 id={block.id}>{block.text}</h3>
    case 'paragraph':
      return (
        <p>
          <Words parts={block.parts} />
        </p>
      )
    case 'list':
      return (
        <ul class="bullets">
          {block.items.map((parts) => (
            <li>
              <Words parts={parts} />
            </li>
          ))}
        </ul>
      )
    case 'table':
      return (
        <ListTable
          caption={headingOf(under)}
          items={block.rows}
          columns={block.head.map((head, at) => ({
            head: headingOf(head),
            cell: (row: Cells) => <Words parts={row[at] ?? []} />,
          }))}
        />
      )
  }
}

function Words({ parts }: { parts: readonly Inline[] }): Child {
  return (
    <>
      {parts.map((part) => {
        if (part.kind === 'text') return told(inWords(part.text))
        if (part.kind === 'code') return <code>{part.text}</code>
        if (part.kind === 'strong') {
          return (
            <strong>
              <Words parts={part.parts} />
            </strong>
          )
        }
        if (/^(https:\/\/|#)/.test(part.href)) {
          return (
            <a href={part.href}>
              <Words parts={part.parts} />
            </a>
          )
        }
        // The sources that a page points to do not come with every build: their names do.
        return (
          <code title={part.href}>
            <Words parts={part.parts} />
          </code>
        )
      })}
    </>
  )
}

/** What a table is about: the heading above it. */
function captionOf(before: readonly Block[], heading: Heading): string {
  return before.findLast((block) => block.kind === 'heading')?.text ?? heading.text
}

/** Says that the rest of a page is English, to those who read another language. */
function EnglishNote() {
  if (language() === 'en') return null
  return <p class="note">{t('What follows is in English, as it is made from the code itself.')}</p>
}

function partsOf(blocks: readonly Block[]): { title: string; lead: Block[]; parts: Part[] } {
  const [first, ...rest] = blocks
  const title = first?.kind === 'heading' ? first.text : ''
  const lead: Block[] = []
  const parts: { heading: Heading; blocks: Block[] }[] = []
  for (const block of title === '' ? blocks : rest) {
    if (block.kind === 'heading' && block.level === 2) parts.push({ heading: block, blocks: [] })
    else (parts.at(-1)?.blocks ?? lead).push(block)
  }
  return { title, lead, parts }
}
