/**
 * The versions of a work, what one changed, and the way back.
 * @module
 */
import { t } from '../text/say.tsx'
import { formatNumber } from '../ui/format.ts'
import { PageHead, PostButton, Section } from '../ui/page.tsx'
import { ScrollBox } from '../ui/scroll.tsx'
import { Facts, ListTable, showValue } from '../ui/table.tsx'
import { type ShownDiff, type ShownVersion, type ShownWork, workPath } from './shown.ts'
import { When } from './words.tsx'
import { WorkTabs } from './work.tsx'

const SIGNS = { same: ' ', removed: '−', added: '+' } as const

/** The page. */
export function VersionsPage(props: {
  work: ShownWork
  versions: readonly ShownVersion[]
  diff: ShownDiff
  now: number
}) {
  const { work, versions, diff, now } = props
  const path = `${workPath(work.work_id)}/versions`
  return (
    <>
      <PageHead title={work.name} trail={[['/works', t('Works')]]} />
      <WorkTabs id={work.work_id} at="versions" />
      <Section id="versions" title={t('Versions')}>
        <ListTable
          caption={t('Versions, newest first')}
          items={versions}
          columns={[
            {
              head: t('Version'),
              cell: ({ version }) => (
                <a
                  href={`${path}?version=${version}`}
                  aria-current={version === diff.version ? 'true' : undefined}
                >
                  {formatNumber(version)}
                </a>
              ),
            },
            { head: t('Made'), cell: ({ created_at: at }) => <When at={at} now={now} /> },
            {
              head: t('Actions'),
              kind: 'action',
              cell: ({ version }) =>
                version === work.version ? (
                  <span class="muted">{t('In force')}</span>
                ) : (
                  <div class="actions">
                    <a
                      class="button plain small"
                      href={`${path}?version=${work.version}&against=${version}`}
                    >
                      {t('Compare with version {number}', { number: work.version })}
                    </a>
                    <PostButton small action={`${path}/${version}/restore`}>
                      {t('Go back to version {number}', { number: version })}
                    </PostButton>
                  </div>
                ),
            },
          ]}
        />
      </Section>
      <Section
        id="diff"
        title={t('Version {number} against version {other}', {
          number: diff.version,
          other: diff.against,
        })}
      >
        {diff.fields.length === 0 && diff.lines.length === 0 ? (
          <p class="note">{t('Nothing is different.')}</p>
        ) : null}
        {diff.fields.length === 0 ? null : (
          <Facts
            facts={diff.fields.map(({ field, before, after }) => [
              field,
              <span>
                <del>{showValue(before)}</del> → <ins>{showValue(after)}</ins>
              </span>,
            ])}
          />
        )}
        {diff.lines.length === 0 ? null : (
          <ScrollBox class="scroll sql-view" label={t('Lines of both scripts')}>
            <pre class="sql">
              {diff.lines.map(({ kind, text, before, after }) => (
                <span class={`sql-line line-${kind}`}>
                  <span class="sql-gutter">{before ?? ''}</span>
                  <span class="sql-gutter">{after ?? ''}</span>
                  <span>
                    {SIGNS[kind]} {text}
                    {'\n'}
                  </span>
                </span>
              ))}
            </pre>
          </ScrollBox>
        )}
      </Section>
    </>
  )
}
