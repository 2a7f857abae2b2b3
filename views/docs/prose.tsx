/**
 * What an API's document says, in the reader's language.
 * @module
 */
import { language } from '../text/say.tsx'
import { DOCUMENTS } from '../text/zh/documents.ts'
import { ZH } from '../text/zh/index.ts'

/** A description; its own code marks as code. */
export function Prose({ text }: { text: string }) {
  return (
    <>
      {inWords(text)
        .split('`')
        .map((part, index) => (index % 2 === 1 ? <code>{part}</code> : part))}
    </>
  )
}

/** A sentence of a document in the reader's language; those that nobody knows stay as they are. */
export function inWords(text: string): string {
  if (language() === 'en') return text
  return WORDS.get(text) ?? text
}

const WORDS: ReadonlyMap<string, string> = new Map(
  [ZH, ...DOCUMENTS].flatMap((words) => Object.entries(words)),
)
