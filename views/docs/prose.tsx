/**
 * What an API's document says, in the reader's language.
 * @module
 */
import { language, told } from '../text/say.tsx'
import { DOCUMENTS } from '../text/zh/documents.ts'
import { ZH } from '../text/zh/index.ts'
import { TESTED_TEXTS } from '../text/zh/tested.ts'

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

const HEADINGS: ReadonlyMap<string, string> = new Map(Object.entries(TESTED_TEXTS))
const TITLE = '{api}: what is there and its tests'

/** A heading of a page that a script writes, or of a column there; other pages' stay as they are. */
export function headingOf(text: string): string {
  if (language() === 'en') return text
  const [, api] = /^(.+): what is there and its tests$/.exec(text) ?? []
  return api === undefined
    ? (HEADINGS.get(text) ?? text)
    : TESTED_TEXTS[TITLE].replace('{api}', told(api))
}
