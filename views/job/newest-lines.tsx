/**
 * The newest lines of a program that prints more than its log on the server takes.
 * @module
 */
import type { Child } from 'hono/jsx'

import type { LogTail } from '../../src/domain/log-tail.ts'
import { t } from '../text/say.tsx'
import { formatNumber } from '../ui/format.ts'
import { Section } from '../ui/page.tsx'
import { ScrollBox } from '../ui/scroll.tsx'

/** A section of its own, or nothing where the log has everything. */
export function NewestLines({ tail }: { tail: LogTail | undefined }) {
  return (
    <div id="log-tail">
      {tail ? <NewestSection id="newest" title={t('Newest lines')} tail={tail} /> : null}
    </div>
  )
}

/** The lines, and how many came before them; `aside` stands beside the title. */
export function NewestSection(props: { id: string; title: string; tail: LogTail; aside?: Child }) {
  const { id, title, tail, aside } = props
  const left = formatNumber(tail.left)
  return (
    <Section id={id} title={title} aside={aside}>
      <p class="log-bar muted">
        {t('{left} lines came between the log above and these: it is full.', { left })}
      </p>
      <ScrollBox class="log" label={title}>
        <ol class="log-newest">
          {tail.lines.map(({ level, text }) => (
            <li class={`log-line level-${level}`}>
              <span class="log-text">{text}</span>
            </li>
          ))}
        </ol>
      </ScrollBox>
    </Section>
  )
}
