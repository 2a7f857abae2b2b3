/**
 * Finds English on a page that should have none.
 * @module
 */
import { ZH } from '../../views/text/zh/index.ts'

/** Words that people write the same in every language, or that name something. */
const NAMES = new Set(['Weft', 'English', 'API', 'DSL', 'IV', 'WOE', 'GiB', 'GPU', 'GPUs', 'id'])

/**
 * Texts of a page that have two English words in a row, or that the dictionary has a translation for. What is `given`
 * counts for nothing, also in the middle of a sentence.
 */
export function foreignTexts(html: string, given: readonly RegExp[] = []): string[] {
  return [...textsOf(html)].filter((whole) => {
    const text = given.reduce((rest, pattern) => rest.replaceAll(pattern, '…'), whole)
    if (NAMES.has(text)) return false
    return (
      Object.hasOwn(ZH, text) || /(^|[^\w.{"/-])[A-Za-z]?[a-z]+ [a-z]{2,}(?![\w.:/_-])/.test(text)
    )
  })
}

/** Every text that somebody reads or hears, but code, logs and the cells of data. */
function textsOf(html: string): Set<string> {
  const own = html
    .replaceAll(/<(script|style|code|pre)[\s>][\s\S]*?<\/\1>/g, '')
    .replaceAll(/<ol id="log-lines"[\s\S]*?<\/ol>/g, '')
    .replaceAll(/<textarea[\s\S]*?<\/textarea>/g, '')
  const words = ['aria-label', 'title', 'placeholder', 'hx-confirm', 'alt', 'data-label']
  const attributes = [...own.matchAll(/\s([a-z-]+)="([^"]*)"/g)]
    .filter(([, name]) => words.includes(name))
    .map(([, , value]) => value)
  const texts = [...own.matchAll(/>([^<]+)</g)].map(([, text]) => text)
  return new Set(
    [...attributes, ...texts].map((text) => decode(text).replaceAll(/\s+/g, ' ').trim()),
  )
}

function decode(text: string): string {
  return text
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
