/**
 * Every flow unit that a runner brings: one import and one line each.
 * @module
 */
import type { FlowUnit } from '../../flow/stream/unit.ts'
import { base64Decoder } from './base64-decoder.ts'

/** The units, in the order of their names. */
export const UNITS: readonly FlowUnit[] = [base64Decoder]
