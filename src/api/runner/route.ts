/**
 * What the routes of the gateway have in common.
 * @module
 */
import { json } from '../json.ts'
import { GatewayError } from './schema.ts'

/** The answers that every route may give instead of its own. */
export const refused = {
  401: json(GatewayError, 'The token is missing, wrong or expired'),
  403: json(GatewayError, 'Not within the rights of this token'),
  422: json(GatewayError, 'A field is missing or wrong'),
}
/** Every route wants a runner token. */
export const security = [{ runnerToken: [] }]

/** A body or an answer that is not JSON. */
export function bytes(description: string) {
  return {
    'application/octet-stream': {
      schema: { type: 'string', format: 'binary', description },
    },
  } as const
}
