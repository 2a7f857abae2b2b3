/**
 * What the doctor says of works: the Flink cluster that is configured, and the engine that is built in.
 * @module
 */
import type { Config } from '../config.ts'
import { loadDuckDb } from '../runner/work/duckdb/library.ts'
import { nativeFolders } from './place.ts'

const PATIENCE_MS = 10_000

/** The versions of JobManager and gateway, or which of them does not answer. */
export async function flinkWords(
  config: Config,
): Promise<readonly [state: 'ok' | 'note' | 'wrong', text: string]> {
  const { flink } = config.runner.works
  if (flink === null) return ['note', 'none configured (WEFT_FLINK_URL): JARs and streams need one']
  const manager = await versionAt(`${flink.url.replace(/\/$/, '')}/config`, 'flink-version')
  if (flink.gatewayUrl === null) {
    const without = 'no SQL gateway (WEFT_FLINK_GATEWAY_URL): it runs JARs only'
    return [manager.ok ? 'note' : 'wrong', `JobManager ${manager.text}; ${without}`]
  }
  const gateway = await versionAt(`${flink.gatewayUrl.replace(/\/$/, '')}/info`, 'version')
  const text = `JobManager ${manager.text}; SQL gateway ${gateway.text}`
  return [manager.ok && gateway.ok ? 'ok' : 'wrong', text]
}

/** Whether batches of SQL run here without Flink. */
export async function duckDbWords(
  config: Config,
): Promise<readonly [state: 'ok' | 'note', text: string]> {
  try {
    const { version } = await loadDuckDb(nativeFolders(config))
    return ['ok', `DuckDB ${version()} loads: batches of SQL run without Flink`]
  } catch (error) {
    return ['note', error instanceof Error ? error.message : String(error)]
  }
}

async function versionAt(url: string, key: string): Promise<{ ok: boolean; text: string }> {
  const { origin } = new URL(url)
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) })
    const version = ((await response.json()) as Record<string, unknown>)[key]
    if (typeof version === 'string') return { ok: true, text: `${version} at ${origin}` }
    return { ok: false, text: `at ${origin} answers, but is none` }
  } catch {
    return { ok: false, text: `at ${origin} cannot be reached` }
  }
}
