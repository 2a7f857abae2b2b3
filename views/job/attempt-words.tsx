/**
 * What becomes of an attempt, in words and as a label.
 * @module
 */
import { Tag, type Tone } from '../ui/badge.tsx'

const ATTEMPT_STATES: Readonly<Record<string, readonly [word: string, tone: Tone]>> = {
  running: ['running', 'accent'],
  succeeded: ['succeeded', 'good'],
  failed: ['failed', 'bad'],
  canceled: ['stopped', 'plain'],
  released: ['given back', 'warn'],
  lost: ['lost: its runner fell silent', 'bad'],
}

/** What people call the state of an attempt. */
export function attemptWord(state: string): string {
  return ATTEMPT_STATES[state]?.[0] ?? state
}

/** The state of an attempt as a small label. */
export function AttemptState({ state }: { state: string }) {
  const [word, tone] = ATTEMPT_STATES[state] ?? [state, 'plain']
  return <Tag tone={tone}>{word.replace(/:.*/, '')}</Tag>
}
