/**
 * What an API's document says, in the reader's language where the dictionary has it.
 * @module
 */
import { language, t, told } from '../text/say.tsx'
import { TESTED_TEXTS } from '../text/zh/tested.ts'

/** A description; its own code marks as code. */
export function Prose({ text }: { text: string }) {
  const words = told(text)
  return (
    <>{words.split('`').map((part, index) => (index % 2 === 1 ? <code>{part}</code> : part))}</>
  )
}

/** Says that the rest of a page is English, to those who read another language. */
export function EnglishNote() {
  if (language() === 'en') return null
  return <p class="note">{t('What follows is in English, as it is made from the code itself.')}</p>
}

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
