/**
 * Words of a shell script.
 * @module
 */

/** One word of a shell script that stands for exactly `text`. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
