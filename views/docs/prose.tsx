/**
 * What an API's document says, in the reader's language where the dictionary has it.
 * @module
 */
import { language, t, told } from '../text/say.tsx'

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
