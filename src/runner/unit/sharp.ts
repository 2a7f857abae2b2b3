/**
 * libvips through sharp, which is optional: loaded when a unit needs it.
 * @module
 */
import { createRequire } from 'node:module'

export type Sharp = (typeof import('sharp'))['default']

/** Loads sharp; throws a sentence where the host has none. */
export async function loadSharp(): Promise<Sharp> {
  try {
    const { default: sharp } = await import('sharp')
    return sharp
  } catch (error) {
    throw new Error(
      `${LACK}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`,
      {
        cause: error,
      },
    )
  }
}

/** Why images cannot be decoded here. */
export function lackOfSharp(): string | undefined {
  try {
    createRequire(import.meta.url).resolve('sharp')
    return undefined
  } catch {
    return LACK
  }
}

const LACK = 'the package sharp is not installed beside the runner'
