/**
 * Simplified Chinese for sentences that are made below the pages: refusals, reasons, events. What has a place may have a
 * message of its own there.
 * @module
 */

/** By the English sentence, the more special ones first. */
export const MESSAGES = {} as const satisfies Readonly<Record<string, string>>
