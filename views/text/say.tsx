/**
 * The console's words in the language of whoever reads. English sentences are the keys; `zh/` has the others. A sentence
 * may have places, `{name}`, which each language puts where it needs them.
 * @module
 */
import { type Child, createContext, useContext } from 'hono/jsx'

import { COMPONENT_TEXTS } from './zh/components.ts'
import { FAULTS } from './zh/faults.ts'
import { ZH } from './zh/index.ts'
import { MESSAGES } from './zh/messages.ts'
import { OPTION_TEXTS } from './zh/options.ts'
import { LEARNING_REFUSALS } from './zh/refusals-learning.ts'
import { REFUSALS } from './zh/refusals.ts'
import { WAITS } from './zh/waits.ts'

/** The languages of the console, the first for browsers that ask for none of them. */
export const LANGUAGES = ['en', 'zh'] as const

export type Language = (typeof LANGUAGES)[number]

/** What each language calls itself. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: 'English', zh: '中文' }

/** The tag that `Intl` and `<html lang>` take. */
export const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', zh: 'zh-CN' }

/** The language in which a page is rendered; each request has its own. */
export const LanguageContext = createContext<Language>('en')

/** An English sentence that has a translation. */
export type Key = keyof typeof ZH

/** The names of the places in a sentence. */
export type Places<S extends string> = S extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Places<Rest>
  : never

/** A sentence without places. */
export type Word = { [K in Key]: [Places<K>] extends [never] ? K : never }[Key]

type Values<K extends string> = [Places<K>] extends [never]
  ? []
  : [values: Readonly<Record<Places<K>, string | number>>]

/** The language of the page that is being rendered; English outside of one. */
export function language(): Language {
  return useContext(LanguageContext)
}

/** The sentence in the reader's language, with the values in their places. */
export function t<K extends Key>(key: K, ...[values]: Values<K>): string {
  return fill(wordsFor(key), values ?? {})
}

/** The sentence with elements in its places. */
export function Say<K extends Key>(
  props: { readonly text: K } & Readonly<Record<Places<K>, Child>>,
) {
  const parts = wordsFor(props.text).split(/\{(\w+)\}/)
  const places: Readonly<Record<string, Child>> = props
  return <>{parts.map((part, at) => (at % 2 === 0 ? part : places[part]))}</>
}

/**
 * A sentence that was made elsewhere, in English: a refusal, the reason why something waits. It is translated where
 * the dictionary of messages has it, and left as it is where not.
 */
export function told(message: string): string {
  if (language() === 'en') return message
  const whole = TOLD.get(message)
  if (whole !== undefined) return whole
  for (const { pattern, names, words } of patterns()) {
    const match = pattern.exec(message)
    if (!match) continue
    return fill(
      words,
      Object.fromEntries(names.map((name, at) => [name, placed(name, match[at + 1])] as const)),
    )
  }
  return message
}

/** Does what is to be done in a language where no page is being rendered: parts of one that are sent later. */
export function inLanguage<T>(wanted: Language, work: () => T): T {
  const done: T[] = []
  const Work = () => {
    done.push(work())
    return null
  }
  const page: { toString(): string } = (
    <LanguageContext value={wanted}>
      <Work />
    </LanguageContext>
  )
  // Rendering is what sets the language.
  page.toString()
  return done[0]
}

function wordsFor(key: Key): string {
  return language() === 'zh' ? ZH[key] : key
}

function fill(words: string, values: Readonly<Record<string, string | number>>): string {
  return words.replaceAll(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place))
}

/** What stands in a place of a sentence that was made elsewhere. */
function placed(name: string, words: string): string {
  if (name.startsWith('amounts')) {
    return listed(words)
      .replaceAll(/ MB of memory/g, ' MB 内存')
      .replaceAll(/ GPUs?\b/g, ' 个 GPU')
      .replaceAll(/ cores?\b/g, ' 核')
      .replaceAll(/ ports?\b/g, ' 个端口')
      .replaceAll(/ slots?\b/g, ' 个槽位')
  }
  return name.startsWith('listed') ? listed(words) : told(words)
}

function listed(words: string): string {
  return words
    .replaceAll(/ and (\d+) more$/g, ' 等（另有 $1 项）')
    .replaceAll(' and ', '、')
    .replaceAll(', ', '、')
}

interface Pattern {
  readonly pattern: RegExp
  readonly names: readonly string[]
  readonly words: string
}

/** Sentences that are made below the pages, those that take much at the end. */
const TOLD: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    ...COMPONENT_TEXTS,
    ...OPTION_TEXTS,
    ...REFUSALS,
    ...LEARNING_REFUSALS,
    ...WAITS,
    ...MESSAGES,
    ...FAULTS,
  }),
)

const compiled: Pattern[] = []

function patterns(): readonly Pattern[] {
  if (compiled.length > 0) return compiled
  const open = [...TOLD].filter(([message]) => /\{\w+\}/.test(message))
  const fresh = open.map(([message, words]) => ({
    // Nothing but a place may stand for more than itself.
    pattern: new RegExp(
      `^${message
        .split(/(\{\w+\})/)
        .map((part, at) =>
          at % 2 === 1
            ? /^\{(digits|count)\}$/.test(part)
              ? String.raw`(\d[\d.,]*)`
              : '([\\s\\S]+?)'
            : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'),
        )
        .join('')}$`,
    ),
    names: [...message.matchAll(/\{(\w+)\}/g)].map((match) => match[1]),
    words,
  }))
  compiled.push(...fresh)
  return compiled
}
