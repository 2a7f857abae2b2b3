/**
 * The console as a client of the works surface, so that its rules are not doubled here.
 * @module
 */
import { DomainError } from '../../domain/error.ts'
import type { ConsoleDeps, WorksAnswer, WorksQuestion } from '../deps.ts'

/** What asks a surface of this process; whoever uses the console has already shown who they are. */
export function askingWorks(api: {
  request(path: string, init: RequestInit, bindings: object): Response | Promise<Response>
}): ConsoleDeps['askWorks'] {
  return async ({ method, path, body }, caller) => {
    const sent = body === undefined ? {} : bodyOf(body)
    const answer = await api.request(path === '' ? '/' : path, { method, ...sent }, { caller })
    return answer.json() as Promise<WorksAnswer>
  }
}

/** A file goes as it is, everything else as JSON. */
function bodyOf(body: object): RequestInit {
  if (body instanceof Blob) return { body }
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

/** The data of an answer. A refusal is thrown with the words of the surface. */
export async function askWorks<D>(deps: ConsoleDeps, asked: WorksQuestion): Promise<D> {
  const { code, msg = '', data } = await deps.askWorks(asked)
  if (code === 0) return data as D
  const kinds = { 404: 'not_found', 409: 'conflict', 503: 'unavailable' } as const
  const kind = kinds[Math.floor(code / 1000) as keyof typeof kinds]
  throw new DomainError(kind ?? 'invalid', msg)
}
