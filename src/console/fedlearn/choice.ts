/**
 * What somebody has chosen on the way to a training. It travels in the address from page to page, so that going back,
 * a bookmark and a second window all work.
 * @module
 */
import type { Choice, ColumnRef } from '../../../views/fedlearn/choice.ts'

/** Columns that a form may name; a data set has no more. */
const MOST = 100_000

/** The choice that an address or a form holds. */
export function readChoice(values: URLSearchParams): Choice {
  return {
    task: (values.get('task') ?? '').trim().slice(0, 80),
    data: pairs(values.getAll('data')).map(([party, name]) => ({ party, name })),
    label: pairs(values.getAll('label'))[0] ?? null,
    without: pairs(values.getAll('without')),
  }
}

/** The fields of a form as an address has them; none of a body that is no form. */
export async function formOf(request: Request): Promise<URLSearchParams> {
  if (!/^(multipart\/form-data|application\/x-www-form-urlencoded)/i.test(typeOf(request)))
    return new URLSearchParams()
  const form = await request.formData()
  return new URLSearchParams(
    [...form].flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  )
}

function typeOf(request: Request): string {
  return request.headers.get('content-type') ?? ''
}

/** Pairs of texts written as JSON; what is none is left out. */
export function pairs(texts: readonly string[]): ColumnRef[] {
  return texts.slice(0, MOST).flatMap((text): ColumnRef[] => {
    try {
      const value: unknown = JSON.parse(text)
      const isPair =
        Array.isArray(value) && value.length === 2 && value.every((one) => typeof one === 'string')
      return isPair ? [value as unknown as ColumnRef] : []
    } catch {
      // Anybody may write anything into an address.
      return []
    }
  })
}
