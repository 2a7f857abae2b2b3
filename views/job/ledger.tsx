/**
 * The disclosure ledger: what crossed between the parties, of which kind, and what it reveals.
 * @module
 */
import type { LedgerLine } from '../../src/domain/ledger.ts'
import { Tag, type Tone } from '../ui/badge.tsx'
import { Empty } from '../ui/empty.tsx'
import { countOf, formatBytes, formatNumber, listOf } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { Section } from '../ui/page.tsx'
import { ListTable } from '../ui/table.tsx'
import { addressWords } from './task-words.ts'

const KINDS: Readonly<Record<string, { words: string; tone: Tone; isReadable: boolean }>> = {
  ciphertext: { words: 'encrypted', tone: 'good', isReadable: false },
  blinded: { words: 'blinded', tone: 'good', isReadable: false },
  masked: { words: 'masked', tone: 'good', isReadable: false },
  share: { words: 'secret share', tone: 'good', isReadable: false },
  aggregate: { words: 'aggregate', tone: 'warn', isReadable: true },
  plain: { words: 'plain', tone: 'warn', isReadable: true },
}

/** The section of the ledger; `isOver` says that no more will come. */
export function Ledger({ lines, isOver }: { lines: readonly LedgerLine[]; isOver: boolean }) {
  return (
    <Section
      id="ledger"
      title="Disclosure ledger"
      note={
        <>
          Every message between the parties, counted by the runners that sent them. Between runners
          they travel encrypted end to end; the kind says what the receiver finds inside.{' '}
          <a href="/docs/security">What each protocol reveals</a>, and what that rests on.
        </>
      }
    >
      {lines.length === 0 ? (
        <Empty
          title={isOver ? 'No message crossed between parties.' : 'No message has crossed yet.'}
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
    </Section>
  )
}

/** The lines of the ledger, what its receivers can read first; a message to several receivers is one line. */
export function LedgerTable({ lines }: { lines: readonly LedgerLine[] }) {
  return (
    <ListTable
      caption="What crossed between the parties"
      items={inOrder(lines)}
      columns={[
        {
          head: 'From → to',
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
        { head: 'Component', cell: ({ component }) => component },
        { head: 'Message', cell: ({ tag }) => <code>{tag}</code> },
        {
          head: 'Kind',
          cell: ({ kind }) => <Tag tone={KINDS[kind]?.tone ?? 'bad'}>{kindWords(kind)}</Tag>,
        },
        { head: 'Messages', kind: 'number', cell: ({ messages }) => formatNumber(messages) },
        { head: 'Size', kind: 'number', cell: ({ bytes }) => formatBytes(bytes) },
        { head: 'What the receiver learns', cell: ({ reveals }) => reveals },
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
    return `Nothing left a party in readable form: all of ${volume} crossed encrypted, blinded, masked or as a secret share.`
  }
  const groups = [...Map.groupBy(readable, (line) => `${line.component} ${line.tag}`).values()]
  const parts =
    groups.length <= SPELT_OUT
      ? groups.map(describeGroup)
      : [...Map.groupBy(groups, ([first]) => first.component)].map(
          ([component, inside]) =>
            `${inside.map(([first]) => `“${first.tag}”`).join(', ')} of ${component}`,
        )
  return `Nothing left a party in readable form except ${listOf(parts)}. In all ${volume} crossed.`
}

/** More readable messages than this are only named; the table says the rest. */
const SPELT_OUT = 3

function describeGroup(group: readonly LedgerLine[]): string {
  const [{ tag, component, kind }] = group
  const senders = [...new Set(group.map((line) => addressWords(line.sender)))]
  return `“${tag}” of ${component} from ${listOf(senders)} (${kindWords(kind)})`
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
  return KINDS[kind]?.words ?? kind
}

function isAllSealed(lines: readonly LedgerLine[]): boolean {
  return lines.every((line) => !isReadable(line.kind))
}

/** A kind that nobody declared counts as readable. */
function isReadable(kind: string): boolean {
  return KINDS[kind]?.isReadable ?? true
}
