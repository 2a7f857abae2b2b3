/**
 * What the shapes of FATE-Flow's requests and answers are made of, and the envelope of its answers.
 * @module
 */
import { z } from '@hono/zod-openapi'

/** A text. */
export const Text = z.string()
/** A name or a path that a request has to bring. */
export const Named = z.string().min(1).max(2048)
/** A text that may be absent, or null. */
export const OptionalText = z.string().max(10_000).nullish()

const NO_PARTY = { error: 'expected a party id, a whole number' }
const NO_WHOLE = { error: 'expected a whole number' }

/** A party id, as a number or as digits; digits from here on. */
export const PartyId = z
  .union([z.int().nonnegative(NO_PARTY), z.string().regex(/^\d{1,32}$/, NO_PARTY)], NO_PARTY)
  .transform(String)

/** A whole number, also as digits: command-line clients send everything as text. */
export const Whole = z
  .union([z.int(NO_WHOLE), z.string().regex(/^-?\d{1,15}$/, NO_WHOLE)], NO_WHOLE)
  .transform(Number)

/** `true`, `"true"`, `1`: query strings have only texts. */
export const Flag = z
  .stringbool()
  .or(z.boolean())
  .or(z.union([z.literal(0), z.literal(1)]).transform(Boolean))

/** An object, or its JSON. */
export const JsonText = z.union([z.string(), z.record(z.string(), z.unknown())])

/** An object of whatever. */
export const Open = z.record(z.string(), z.unknown())

/** The envelope of every answer: all five keys, always. */
export function reply<D extends z.ZodType, M extends z.ZodType = z.ZodNull>(
  data: D,
  meta?: M,
): z.ZodObject<{
  retcode: z.ZodInt
  retmsg: z.ZodString
  data: z.ZodNullable<D>
  jobId: z.ZodNullable<z.ZodString>
  meta: z.ZodNullable<M | z.ZodNull>
}> {
  return z.object({
    retcode: z.int().openapi({ description: '0 when it went well' }),
    retmsg: z.string().openapi({ description: '"success", or what is wrong and what helps' }),
    data: data.nullable(),
    jobId: z.string().nullable(),
    meta: (meta ?? z.null()).nullable(),
  })
}

/** An answer without data: failures have this shape everywhere. */
export const FateReply = reply(z.null()).openapi('FateReply')
