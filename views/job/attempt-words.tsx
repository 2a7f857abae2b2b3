/**
 * What becomes of an attempt, in words and as a label.
 * @module
 */
import { type Word, t } from '../text/say.tsx'
import { Tag, type Tone } from '../ui/badge.tsx'

const ATTEMPT_STATES: Readonly<Record<string, readonly [word: Word, tone: Tone]>> = {
  running: ['running', 'accent'],
  succeeded: ['succeeded', 'good'],
  failed: ['failed', 'bad'],
  canceled: ['stopped', 'plain'],
  released: ['given back', 'warn'],
  lost: ['lost: its runner fell silent', 'bad'],
}

/** What people call the state of an attempt. */
export function attemptWord(state: string): string {
  const known = ATTEMPT_STATES[state]
  return known ? t(known[0]) : state
}

/** The state of an attempt as a small label. */
export function AttemptState({ state }: { state: string }) {
  const [, tone] = ATTEMPT_STATES[state] ?? [state, 'plain']
  return <Tag tone={tone}>{attemptWord(state).replace(/[:：].*/, '')}</Tag>
}
