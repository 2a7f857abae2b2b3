/**
 * The REST API of Flink's SQL gateway, version 2 (Flink 1.17 and later).
 * @module
 */
import { z } from 'zod'

import { FlinkError, type Service } from './http.ts'

const Column = z.object({
  name: z.string(),
  logicalType: z.looseObject({
    type: z.string(),
    precision: z.number().optional(),
    scale: z.number().optional(),
    length: z.number().optional(),
  }),
})

const Result = z.object({
  resultType: z.enum(['NOT_READY', 'PAYLOAD', 'EOS']),
  isQueryResult: z.boolean().nullish(),
  jobID: z.string().nullish(),
  results: z
    .object({
      columns: z.array(Column),
      data: z.array(z.object({ kind: z.string(), fields: z.array(z.unknown()) })),
    })
    .nullish(),
  nextResultUri: z.string().nullish(),
})

/** One page of what a statement answers with. */
export interface ResultPage {
  readonly ready: boolean
  readonly isQuery: boolean
  readonly jobId: string | null
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  /** Each with what happens to it: `INSERT`, or a change of an earlier one. */
  readonly rows: readonly { readonly kind: string; readonly fields: readonly unknown[] }[]
  /** The page behind it, or null at the end. */
  readonly next: string | null
}

export interface SqlSession {
  readonly id: string
  /** Begins a statement; answers the operation. */
  execute(statement: string, configuration?: Readonly<Record<string, string>>): Promise<string>
  status(operation: string): Promise<string>
  /** A page of its result; `at` is the `next` of the page before. */
  result(operation: string, at: string | null, signal?: AbortSignal): Promise<ResultPage>
  cancel(operation: string): Promise<void>
  /** Says that it is still wanted. */
  beat(): Promise<void>
  close(): Promise<void>
}

export interface SqlGateway {
  readonly url: string
  version(): Promise<string>
  open(name: string, properties: Readonly<Record<string, string>>): Promise<SqlSession>
}

/** The SQL gateway behind a service. */
export function sqlGateway({ url, ask }: Service): SqlGateway {
  return {
    url,
    async version() {
      return (await ask({ path: '/info', schema: z.object({ version: z.string() }) })).version
    },
    async open(sessionName, properties) {
      const { sessionHandle: id } = await ask({
        method: 'POST',
        path: '/v2/sessions',
        body: { sessionName, properties },
        schema: z.object({ sessionHandle: z.string() }),
      })
      return session({ url, ask }, id)
    },
  }
}

function session({ ask }: Service, id: string): SqlSession {
  const base = `/v2/sessions/${id}`
  return {
    id,
    async execute(statement, executionConfig = {}) {
      const { operationHandle } = await ask({
        method: 'POST',
        path: `${base}/statements`,
        body: { statement, executionConfig },
        schema: z.object({ operationHandle: z.string() }),
      })
      return operationHandle
    },
    async status(operation) {
      const path = `${base}/operations/${operation}/status`
      return (await ask({ path, schema: z.object({ status: z.string() }) })).status
    },
    async result(operation, at, signal) {
      const path = at ?? `${base}/operations/${operation}/result/0?rowFormat=JSON`
      const page = await ask({ path, schema: Result, ...(signal ? { signal } : {}) })
      return {
        ready: page.resultType !== 'NOT_READY',
        isQuery: page.isQueryResult ?? false,
        jobId: page.jobID ?? null,
        columns: (page.results?.columns ?? []).map(({ name, logicalType }) => ({
          name,
          type: typeName(logicalType),
        })),
        rows: page.results?.data ?? [],
        next: page.resultType === 'EOS' ? null : (page.nextResultUri ?? null),
      }
    },
    async cancel(operation) {
      const path = `${base}/operations/${operation}/cancel`
      await ask({ method: 'POST', path, schema: z.unknown() })
    },
    async beat() {
      await ask({ method: 'POST', path: `${base}/heartbeat`, schema: z.unknown() })
    },
    async close() {
      try {
        await ask({ method: 'DELETE', path: base, schema: z.unknown() })
      } catch (error) {
        // One that has been idle too long is closed already.
        if (!(error instanceof FlinkError)) throw error
      }
    },
  }
}

/** A type as SQL writes it. */
function typeName({
  type,
  precision,
  scale,
  length,
}: z.infer<typeof Column>['logicalType']): string {
  const parts = [length, precision, scale].filter((part) => part !== undefined)
  return parts.length === 0 ? type : `${type}(${parts.join(', ')})`
}
