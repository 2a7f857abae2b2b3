/**
 * What every drawn chart has around it: a caption, words for those who cannot see it, and its numbers as a table.
 * @module
 */
import type { Child } from 'hono/jsx'

import { Say, t } from '../text/say.tsx'
import { formatNumber } from '../ui/format.ts'
import { ScrollBox } from '../ui/scroll.tsx'

/** Rows that the table behind a chart has at most. */
const LISTED_UP_TO = 400

export interface FigureProps {
  readonly id: string
  readonly title: string
  /** What the chart shows, in a sentence. */
  readonly description: string
  readonly width: number
  readonly height: number
  /** Drawn at its own size in a box that scrolls, where it would be too small to read otherwise. */
  readonly isWide?: boolean
  /** Whether something in it leads somewhere, which an image could not. */
  readonly hasLinks?: boolean
  readonly numbers: Numbers
  readonly note?: string
  readonly children?: Child
}

export interface Numbers {
  readonly header: readonly string[]
  readonly rows: readonly (readonly (string | number)[])[]
}

/** A drawing with its frame. */
export function Figure(props: FigureProps) {
  const { id, title, description, width, height, isWide, hasLinks, numbers, note, children } = props
  const drawing = (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      role={hasLinks ? 'group' : 'img'}
      aria-labelledby={`${id}-title ${id}-desc`}
      {...(isWide ? { width, height } : {})}
    >
      <title id={`${id}-title`}>{title}</title>
      <desc id={`${id}-desc`}>{description}</desc>
      {children}
    </svg>
  )
  return (
    <figure class={`chart${isWide ? ' wide' : ''}`} id={id}>
      <figcaption>{title}</figcaption>
      {isWide ? (
        <ScrollBox class="drawing" label={title}>
          {drawing}
        </ScrollBox>
      ) : (
        drawing
      )}
      {note === undefined ? null : <p class="note">{note}</p>}
      <NumberTable title={title} {...numbers} />
    </figure>
  )
}

/** The numbers behind a chart, folded away. */
export function NumberTable({ title, header, rows }: Numbers & { title: string }) {
  return (
    <details class="numbers">
      <summary>
        {t('Numbers')}
        <span class="visually-hidden">
          <Say text="of {title}" title={title} />
        </span>
      </summary>
      <ScrollBox class="scroll short" label={t('Numbers of {title}', { title })}>
        <table class="grid">
          <thead>
            <tr>
              {header.map((name) => (
                <th scope="col">{name}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, LISTED_UP_TO).map((row) => (
              <tr>
                {row.map((value) =>
                  typeof value === 'number' ? (
                    <td class="cell-number">{formatNumber(value)}</td>
                  ) : (
                    <td>{value}</td>
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
    </details>
  )
}

/** A name that an attribute may hold, of whatever a job called its parts. */
export function chartId(...words: readonly string[]): string {
  return ['chart', ...words].join('-').replaceAll(/[^A-Za-z0-9_-]+/g, '-')
}

/** A place in a drawing, to a tenth. */
export function place(value: number): number {
  return Math.round(value * 10) / 10
}
