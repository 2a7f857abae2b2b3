/**
 * The newest lines of a program that prints more than its log on the server takes.
 * @module
 */
import type { LogTail } from '../../src/domain/log-tail.ts'
import { t } from '../text/say.tsx'
import { formatNumber } from '../ui/format.ts'
import { Section } from '../ui/page.tsx'
import { ScrollBox } from '../ui/scroll.tsx'

/** A section of its own, or nothing where the log has everything. */
export function NewestLines({ tail }: { tail: LogTail | undefined }) {
  if (!tail) return <div id="log-tail"></div>
  const left = formatNumber(tail.left)
  return (
    <div id="log-tail">
      <Section id="newest" title={t('Newest lines')}>
        <p class="log-bar muted">
          {t('{left} lines came between the log above and these: it is full.', { left })}
        </p>
        <ScrollBox class="log" label={t('Newest lines')}>
          <ol class="log-newest">
            {tail.lines.map(({ level, text }) => (
              <li class={`log-line level-${level}`}>
                <span class="log-text">{text}</span>
              </li>
            ))}
          </ol>
        </ScrollBox>
      </Section>
    </div>
  )
}
