/**
 * What a server works with, where a test has no interest in the rest.
 * @module
 */
import type { AppDeps, AppSettings } from '../../src/api/deps.ts'
import type { Db } from '../../src/db/type.ts'
import { fakeCatalog } from './catalog.ts'

const silent = () => {}

/** A log that nobody reads. */
export const SILENT: AppDeps['log'] = { debug: silent, info: silent, warn: silent, error: silent }

/** A database, no components, a silent log, and an app that asks for tokens and takes hardly anything. */
export function quietDeps(db: Db, settings: Partial<AppSettings> = {}) {
  return {
    db,
    catalog: fakeCatalog(),
    log: SILENT,
    settings: {
      version: '0',
      publicUrl: null,
      hosts: null,
      auth: 'token' as const,
      bodyLimit: 1,
      uploadLimit: 1,
      ...settings,
    },
  }
}
