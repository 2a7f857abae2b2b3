/**
 * Documents of the OpenPAI job protocol with a part changed, and everything else as it was written.
 * @module
 */
import { readPaiYaml } from './pai-yaml.ts'

/** The document with its secrets hidden, as everybody who may see the job may read it. */
export function maskPaiSecrets(text: string): string {
  return maskSection(maskPasswords(text))
}

/** Passwords of registries that are written as they are, and not as secrets of the document. */
function maskPasswords(text: string): string {
  const { value, range } = readPaiYaml(text)
  const { prerequisites } = (value ?? {}) as { prerequisites?: unknown }
  if (!Array.isArray(prerequisites)) return text
  let masked = text
  for (let at = prerequisites.length - 1; at >= 0; at -= 1) {
    const password = (prerequisites[at] as { auth?: { password?: unknown } } | null)?.auth?.password
    const found = range(['prerequisites', at, 'auth', 'password'])
    if (!found || /^\s*<%\s*\$secrets\b[^%]*%>\s*$/.test(String(password))) continue
    const [from, to] = found
    // A text of several lines has the end of its last one in it.
    const end = text[to - 1] === '\n' ? '\n' : ''
    masked = `${masked.slice(0, from)}"******"${end}${masked.slice(to)}`
  }
  return masked
}

function maskSection(text: string): string {
  const section = readPaiYaml(text).section('secrets')
  if (!section) return text
  const [from, to] = section
  const rest = text.slice(to)
  return `${text.slice(0, from)}secrets: "******"${/^[\n,}]/.test(rest) ? '' : '\n'}${rest}`
}

/** The document with another version. */
export function withPaiVersion(text: string, version: number): string {
  return withPaiField(text, 'version', String(version))
}

/** The document with another name. */
export function withPaiName(text: string, name: string): string {
  return withPaiField(text, 'name', name)
}

function withPaiField(text: string, key: string, value: string): string {
  const section = readPaiYaml(text).section(key)
  if (!section) return `${key}: ${value}\n${text}`
  const [from, to] = section
  const rest = text.slice(to)
  return `${text.slice(0, from)}${key}: ${value}${/^[\n,}]/.test(rest) || rest === '' ? '' : '\n'}${rest}`
}
