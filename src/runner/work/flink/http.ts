/**
 * Requests to the two services of a Flink cluster.
 * @module
 */
import type { z } from 'zod'

/** What a service of the cluster refused, with its own words. */
export class FlinkError extends Error {
  override readonly name = 'FlinkError'
  readonly status: number
  /** The causes that the service names, outermost first. */
  readonly details: string

  constructor(status: number, message: string, details: string) {
    super(message)
    this.status = status
    this.details = details
  }
}

export type Fetch = (url: string, init?: RequestInit) => Promise<Response>

export interface Service {
  readonly url: string
  /** Sends a request; answers its JSON as `schema` has it. Rejects with FlinkError for a refusal, TypeError for nobody. */
  ask<T extends z.ZodType>(request: {
    readonly method?: string
    readonly path: string
    readonly schema: T
    readonly body?: unknown
    readonly form?: FormData
    readonly signal?: AbortSignal
  }): Promise<z.output<T>>
}

const PATIENCE_MS = 60_000

/** The service at `url`. */
export function service(url: string, fetcher: Fetch = fetch): Service {
  const base = url.replace(/\/$/, '')
  return {
    url: base,
    async ask({ method = 'GET', path, schema, body, form, signal }) {
      const timeout = AbortSignal.timeout(PATIENCE_MS)
      const response = await fetcher(`${base}${path}`, {
        method,
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        ...(form ? { body: form } : {}),
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      })
      const text = await response.text()
      if (!response.ok) throw refusal(response.status, text)
      return schema.parse(text === '' ? {} : JSON.parse(text))
    },
  }
}

function refusal(status: number, text: string): FlinkError {
  let errors: string[] = []
  try {
    const parsed = JSON.parse(text) as { errors?: unknown }
    if (Array.isArray(parsed.errors)) errors = parsed.errors.map(String)
  } catch {
    errors = [text.slice(0, 2000)]
  }
  const details = errors.join('\n')
  return new FlinkError(status, rootCause(details) ?? `HTTP ${status}`, details)
}

/**
 * The sentence at the bottom of a Java stack trace, which is what a user can act on: that of the last `Caused by`, or
 * the first line. Class names that say nothing more than that something failed are left out.
 */
export function rootCause(trace: string): string | undefined {
  const lines = trace.split('\n').map((line) => line.trim())
  const causes = lines.filter((line) => line.startsWith('Caused by: '))
  const line = causes.at(-1)?.slice('Caused by: '.length) ?? lines.find((one) => one !== '')
  if (line === undefined) return undefined
  const named =
    /^<?(?:Exception on server side:)?\s*(?:[\w$]+\.)+([\w$]*(?:Exception|Error)): ?(.+)$/.exec(
      line,
    )
  return named ? (named[2] ?? line) : line
}
