/**
 * Pages of documentation as modules, for the console: it reads no files.
 * @module
 */

/** A module whose only export `name` is the page that lies at `source`; `made` is what writes it. */
export function pageModule(
  page: string,
  { name, source, made }: { name: string; source: string; made: string },
): string {
  const count = (mark: string) => page.split(mark).length
  // As the formatter would have it: the quotes that need fewer backslashes.
  const quote = count('"') < count("'") ? '"' : "'"
  const literal = page
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll(quote, `\\${quote}`)
  return `/**
 * \`${source}\`, for the console; made by \`${made}\`, not to be edited.
 * @module
 */

/** The page in Markdown. */
export const ${name} =
  ${quote}${literal}${quote}
`
}
