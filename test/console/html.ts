/**
 * Questions to a rendered page.
 * @module
 */

/** The text of a page without its tags, white space folded. */
export function textOf(html: string): string {
  return html
    .replaceAll(/<(script|style)[\s\S]*?<\/\1>/g, ' ')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ')
}

/** The part of a page from the element with that id to the next section. */
export function part(html: string, id: string): string {
  const start = html.search(new RegExp(`<[a-z]+[^>]* id="${id}"`))
  if (start < 0) return ''
  const end = html.indexOf('</section>', start)
  return html.slice(start, end < 0 ? undefined : end)
}

/** Everything in a page that the content security policy would refuse, or that htmx would evaluate. */
export function policyBreaches(html: string): string[] {
  const tags = html.match(/<[a-z][^<>]*>/gi) ?? []
  const found = tags.flatMap((tag) => {
    const attributes = [...tag.matchAll(/\s([^\s=>"]+)(?:="([^"]*)")?/g)]
    return attributes.flatMap(([, name, value = '']) => {
      const isBad =
        name === 'style' ||
        /^on[a-z]/.test(name) ||
        name.startsWith('hx-on') ||
        /^\s*(js|javascript):/i.test(value) ||
        (name === 'hx-trigger' && value.includes('['))
      return isBad ? [`${name} in ${tag.slice(0, 80)}`] : []
    })
  })
  for (const [whole, attributes, body] of html.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)) {
    if (!/ src="\/static\//.test(attributes) || body.trim() !== '') found.push(whole.slice(0, 80))
  }
  if (/<style[\s>]/.test(html)) found.push('<style>')
  return found
}
