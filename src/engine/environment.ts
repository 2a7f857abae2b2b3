/**
 * The environment of a process: an allow-list, so that nothing of the runner's own gets in by accident.
 * @module
 */
import type { ProcessSpec } from './engine.ts'

/** What a process gets of the runner's environment when its spec names nothing. */
export const DEFAULT_INHERIT: readonly string[] = ['PATH', 'LANG', 'LC_ALL', 'TZ']

/** The whole environment of a process; `own` is the runner's. */
export function buildEnvironment(
  spec: ProcessSpec,
  own: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const env: Record<string, string> = { HOME: spec.cwd, PATH: '/usr/local/bin:/usr/bin:/bin' }
  for (const name of spec.env?.inherit ?? DEFAULT_INHERIT) {
    const value = own[name]
    if (value !== undefined) env[name] = value
  }
  const { cpus, gpus } = spec.resources ?? {}
  if (cpus !== undefined) env['OMP_NUM_THREADS'] = String(Math.max(1, Math.floor(cpus)))
  // An empty value hides every GPU: one that was not given could belong to somebody else.
  if (typeof gpus !== 'number') env['CUDA_VISIBLE_DEVICES'] = (gpus ?? []).join(',')
  return { ...env, ...spec.env?.set }
}
