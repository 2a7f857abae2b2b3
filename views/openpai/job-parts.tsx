/**
 * Parts of the page of a job of task roles: its attempts, its tags.
 * @module
 */
import type { Framework } from '../../src/domain/framework.ts'
import { t, told } from '../text/say.tsx'
import { countOf } from '../ui/format.ts'
import { PostButton, Section } from '../ui/page.tsx'
import { ListTable } from '../ui/table.tsx'
import { Span } from '../ui/time.tsx'
import type { BatchSnapshot } from './job.tsx'
import { batchPath, seatWords } from './words.tsx'

/** All attempts, each a link to the page as it was then. */
export function Attempts({ framework, attempts, shown, now }: BatchSnapshot) {
  return (
    <Section id="attempts" title={t('Attempts')} aside={countOf(attempts.length, 'attempt')}>
      <ListTable
        caption={t('Attempts, newest first')}
        items={attempts.toReversed()}
        rowId={({ number }) => `attempt-${number}`}
        columns={[
          {
            head: t('Attempt'),
            cell: ({ number }) => (
              <a
                href={`${batchPath(framework)}?version=${framework.version}&attempt=${number}`}
                aria-current={number === shown.number ? 'true' : undefined}
              >
                {t('Attempt {number}', { number })}
              </a>
            ),
          },
          {
            head: t('Exit'),
            cell: ({ exitCode, trigger }) =>
              exitCode === null
                ? '–'
                : `${exitCode}${trigger === null ? '' : ` · ${seatWords(trigger)}`}`,
          },
          {
            head: t('Reason'),
            cell: ({ triggerMessage, diagnostics }) => (
              <span class="muted break">{diagnostics ?? told(triggerMessage ?? '')}</span>
            ),
          },
          {
            head: t('Time'),
            kind: 'number',
            cell: (one) => <Span from={one.launchedAt} to={one.completedAt} now={now} />,
          },
        ]}
      />
    </Section>
  )
}

/** The tags, with a form to add one for those who may. */
export function Tags({ framework, mayChange }: { framework: Framework; mayChange: boolean }) {
  const path = `${batchPath(framework)}/tag`
  return (
    <Section id="tags" title={t('Tags')}>
      <div class="tags">
        {framework.tags.map((tag) => (
          <span class="tag">
            {tag}{' '}
            {mayChange ? (
              <PostButton action={path} small fields={{ tag, off: '1' }}>
                {t('Remove')}
                <span class="visually-hidden"> {tag}</span>
              </PostButton>
            ) : null}
          </span>
        ))}
      </div>
      {mayChange ? (
        <form class="filter" method="post" action={path}>
          <label class="visually-hidden" htmlFor="tag">
            {t('Tag')}
          </label>
          <input id="tag" name="tag" type="text" maxlength={255} required autocomplete="off" />
          <button type="submit" class="button small plain">
            {t('Add')}
          </button>
        </form>
      ) : null}
    </Section>
  )
}
