/**
 * Where the tests of Weft's own API are.
 * @module
 */
import type { ApiPage } from '../coverage/page.ts'

/** Weft's own. */
export const WEFT: ApiPage = {
  api: 'weft',
  title: 'Weft',
  base: '/api/weft',
  tests: ['test/api/weft', 'test/api/weft.test.ts', 'test/api/weft-record.test.ts', 'test/process'],
  parameter: /^[\w-]+$/,
  lead: 'What this server adds to the documented APIs.',
}
