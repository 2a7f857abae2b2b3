/**
 * The disclosure ledger: what crossed between the parties, of which kind, and what it reveals.
 * @module
 */
import type { LedgerLine } from '../../src/domain/ledger.ts'
import { type LabelUse, LabelUses } from '../fedlearn/label-use.tsx'
import { type Word, Say, t } from '../text/say.tsx'
import { Tag, type Tone } from '../ui/badge.tsx'
import { Empty } from '../ui/empty.tsx'
import { countOf, formatBytes, formatNumber, listOf } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { Section } from '../ui/page.tsx'
import { ListTable } from '../ui/table.tsx'
import { addressWords } from './task-words.ts'

const KINDS: Readonly<Record<string, { words: Word; tone: Tone; isReadable: boolean }>> = {
  ciphertext: { words: 'encrypted', tone: 'good', isReadable: false },
  blinded: { words: 'blinded', tone: 'good', isReadable: false },
  masked: { words: 'masked', tone: 'good', isReadable: false },
  share: { words: 'secret share', tone: 'good', isReadable: false },
  aggregate: { words: 'aggregate', tone: 'warn', isReadable: true },
  plain: { words: 'plain', tone: 'warn', isReadable: true },
}

/** The section of the ledger; `isOver` says that no more will come, `labels` what trainings of the same labels come to. */
export function Ledger(props: {
  lines: readonly LedgerLine[]
  isOver: boolean
  labels: readonly LabelUse[]
}) {
  const { lines, isOver, labels } = props
  return (
    <Section
      id="ledger"
      title={t('Disclosure ledger')}
      note={
        <>
          <Say
            text="Every message between the parties, counted by the runners that sent them. Between runners they travel encrypted end to end; the kind says what the receiver finds inside. {link}, and what that rests on."
            link={<a href="/docs/security">{t('What each protocol reveals')}</a>}
          />
        </>
      }
    >
      {lines.length === 0 ? (
        <Empty
          title={
            isOver ? t('No message crossed between parties.') : t('No message has crossed yet.')
          }
        />
      ) : (
        <>
          <p class={`ledger-summary ${isAllSealed(lines) ? 'good' : 'warn'}`}>
            <Icon name={isAllSealed(lines) ? 'lock' : 'open'} />
            <span>{summarise(lines)}</span>
          </p>
          <LedgerTable lines={lines} />
        </>
      )}
      <LabelUses uses={labels} />
    </Section>
  )
}

/** The lines of the ledger, what its receivers can read first; a message to several receivers is one line. */
export function LedgerTable({ lines }: { lines: readonly LedgerLine[] }) {
  return (
    <ListTable
      caption={t('What crossed between the parties')}
      items={inOrder(lines)}
      columns={[
        {
          head: t('From → to'),
          cell: ({ sender, receivers }) => (
            <span>
              <span class="nowrap">{addressWords(sender)}</span>
              {receivers.map((receiver) => (
                <>
                  {' '}
                  <span class="nowrap muted">→ {addressWords(receiver)}</span>
                </>
              ))}
            </span>
          ),
        },
        { head: t('Component'), cell: ({ component }) => component },
        { head: t('Message'), cell: ({ tag }) => <code>{tag}</code> },
        {
          head: t('Kind'),
          cell: ({ kind }) => <Tag tone={KINDS[kind]?.tone ?? 'bad'}>{kindWords(kind)}</Tag>,
        },
        { head: t('Messages'), kind: 'number', cell: ({ messages }) => formatNumber(messages) },
        { head: t('Size'), kind: 'number', cell: ({ bytes }) => formatBytes(bytes) },
        { head: t('What the receiver learns'), cell: ({ reveals }) => reveals },
      ]}
    />
  )
}

/** One sentence on what left a party in a form that its receiver can read. */
export function summarise(lines: readonly LedgerLine[]): string {
  const messages = lines.reduce((sum, line) => sum + line.messages, 0)
  const bytes = lines.reduce((sum, line) => sum + line.bytes, 0)
  const volume = `${countOf(messages, 'message')}, ${formatBytes(bytes)}`
  const readable = lines.filter((line) => isReadable(line.kind))
  if (readable.length === 0) {
    return t(
      'Nothing left a party in readable form: all of {volume} crossed encrypted, blinded, masked or as a secret share.',
      { volume },
    )
  }
  const groups = [...Map.groupBy(readable, (line) => `${line.component} ${line.tag}`).values()]
  const parts =
    groups.length <= SPELT_OUT
      ? groups.map(describeGroup)
      : [...Map.groupBy(groups, ([first]) => first.component)].map(([component, inside]) =>
          t('{inside} of {component}', {
            inside: inside.map(([first]) => `“${first.tag}”`).join(', '),
            component,
          }),
        )
  return t('Nothing left a party in readable form except {parts}. In all {volume} crossed.', {
    parts: listOf(parts),
    volume,
  })
}

/** More readable messages than this are only named; the table says the rest. */
const SPELT_OUT = 3

function describeGroup(group: readonly LedgerLine[]): string {
  const [{ tag, component, kind }] = group
  const senders = [...new Set(group.map((line) => addressWords(line.sender)))]
  return t('“{tag}” of {component} from {senders} ({kind})', {
    tag,
    component,
    senders: listOf(senders),
    kind: kindWords(kind),
  })
}

interface LedgerGroup extends Omit<LedgerLine, 'receiver'> {
  readonly receivers: readonly string[]
}

function inOrder(lines: readonly LedgerLine[]): LedgerGroup[] {
  const groups = Map.groupBy(lines, ({ component, sender, tag, kind, reveals }) =>
    JSON.stringify([component, sender, tag, kind, reveals]),
  )
  return [...groups.values()]
    .map((group) => ({
      ...group[0],
      receivers: group.map((line) => line.receiver),
      messages: group.reduce((sum, line) => sum + line.messages, 0),
      bytes: group.reduce((sum, line) => sum + line.bytes, 0),
    }))
    .toSorted((a, b) => Number(isReadable(b.kind)) - Number(isReadable(a.kind)))
}

function kindWords(kind: string): string {
  const known = KINDS[kind]
  return known ? t(known.words) : kind
}

function isAllSealed(lines: readonly LedgerLine[]): boolean {
  return lines.every((line) => !isReadable(line.kind))
}

/** A kind that nobody declared counts as readable. */
function isReadable(kind: string): boolean {
  return KINDS[kind]?.isReadable ?? true
}
