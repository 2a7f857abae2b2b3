/**
 * Passwords as scrypt has them (RFC 7914), in the runtime's own threads.
 * @module
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

import type { Passwords } from '../domain/account.ts'

/** What OWASP asks for at least: 128 MiB for each guess. */
const LOG_N = 17
const BLOCK = 8
const LANES = 1
const BYTES = 32
/** So much memory at once, however many people log in. */
const AT_ONCE = 2

/** Kept as `scrypt$LOG_N$r$p$SALT$KEY`, so that a stronger setting reads what a weaker one wrote. */
export function scryptPasswords(options: { readonly logN?: number } = {}): Passwords {
  const { logN = LOG_N } = options
  const turns = createTurns(AT_ONCE)
  const derive = (password: string, how: Parameters) => turns(() => deriveKey(password, how))
  return {
    async hash(password) {
      const salt = randomBytes(16)
      const key = await derive(password, { logN, block: BLOCK, lanes: LANES, salt })
      return ['scrypt', logN, BLOCK, LANES, salt.toString('base64'), key.toString('base64')].join(
        '$',
      )
    },
    async check(password, hash) {
      const [name, n, r, p, salt, key] = hash.split('$')
      if (name !== 'scrypt' || key === undefined) return false
      const how = {
        logN: Number(n),
        block: Number(r),
        lanes: Number(p),
        salt: Buffer.from(salt, 'base64'),
      }
      return timingSafeEqual(await derive(password, how), Buffer.from(key, 'base64'))
    },
  }
}

interface Parameters {
  readonly logN: number
  readonly block: number
  readonly lanes: number
  readonly salt: Uint8Array
}

function deriveKey(password: string, how: Parameters): Promise<Buffer> {
  const N = 2 ** how.logN
  const settings = { N, r: how.block, p: how.lanes, maxmem: 256 * N * how.block }
  return new Promise((done, fail) => {
    scrypt(password.normalize('NFKC'), how.salt, BYTES, settings, (error, key) =>
      error ? fail(error) : done(key),
    )
  })
}

/** So many at once; the others wait for their turn. */
function createTurns(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let busy = 0
  const line: (() => void)[] = []
  return async (work) => {
    if (busy >= most) await new Promise<void>((go) => line.push(go))
    else busy += 1
    try {
      return await work()
    } finally {
      const next = line.shift()
      if (next) next()
      else busy -= 1
    }
  }
}
