/**
 * Statements in a log.
 * @module
 */

/** The first line of a statement, with an ellipsis where that is not all of it. */
export function firstLine(text: string): string {
  const [line = ''] = text.split('\n')
  return line.length > 200 || line !== text ? `${line.slice(0, 200)} …` : line
}
