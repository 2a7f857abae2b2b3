/**
 * A line of arguments as a POSIX shell splits it, without its expansions.
 * @module
 */
import { invalid } from '../../domain/error.ts'

/** The words of a line. Throws a DomainError for a quote that is not closed. */
export function shellWords(line: string): string[] {
  const words: string[] = []
  let word: string | undefined
  let quote: string | undefined
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at)
    if (quote === "'") {
      if (character === quote) quote = undefined
      else word += character
    } else if (quote === '"') {
      if (character === quote) quote = undefined
      else if (character === '\\' && '$`"\\\n'.includes(line.charAt(at + 1))) {
        at += 1
        word += line.charAt(at)
      } else word += character
    } else if (character === "'" || character === '"') {
      quote = character
      word ??= ''
    } else if (character === '\\' && at + 1 < line.length) {
      at += 1
      word = (word ?? '') + line.charAt(at)
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + character
  }
  if (quote !== undefined)
    throw invalid(`extra_params: the quote ${quote} is not closed; send a list instead`)
  if (word !== undefined) words.push(word)
  return words
}
