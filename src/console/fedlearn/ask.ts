/**
 * The console as a client of the FedLearn surface, so that its rules are not doubled here.
 * @module
 */
import { DomainError } from '../../domain/error.ts'
import type { ConsoleDeps, FedlearnAnswer } from '../deps.ts'

/** What asks a surface of this process; whoever uses the console has already shown who they are. */
export function askingOf(api: {
  request(path: string, init: RequestInit, bindings: object): Response | Promise<Response>
}): ConsoleDeps['askFedlearn'] {
  return async (path, body, caller) => {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }
    const answer = await api.request(path, init, { caller })
    return answer.json() as Promise<FedlearnAnswer>
  }
}

/** The data of an answer. A refusal is thrown with the words of the surface. */
export async function ask<D>(deps: ConsoleDeps, path: string, body: object): Promise<D> {
  const { code, status, data } = await deps.askFedlearn(path, body)
  if (code === 0) return data as D
  throw new DomainError('invalid', status)
}

/** What a refusal says, or undefined for anything else that was thrown. */
export function refusalOf(error: unknown): string {
  if (error instanceof DomainError) return error.message
  throw error
}
