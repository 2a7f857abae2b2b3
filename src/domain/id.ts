/**
 * Identifiers.
 * @module
 */

let counter = 0

/**
 * A job id: local time to the second, six digits below it, and a counter: digits only, at most 25 of them, in
 * the order of submission. FATE's clients parse the leading date.
 */
export function jobId(at: number): string {
  const time = new Date(at)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${time.getFullYear()}${two(time.getMonth() + 1)}${two(time.getDate())}`
  const clock = `${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`
  // Milliseconds, then three random digits, so that two processes rarely meet; the caller retries when they do.
  const fraction =
    String(time.getMilliseconds()).padStart(3, '0') + String(randomBelow(1000)).padStart(3, '0')
  counter = (counter % 99_999) + 1
  return `${day}${clock}${fraction}${counter}`
}

/** A random identifier of 128 bits in hexadecimal. */
export function randomId(): string {
  return crypto.randomUUID().replaceAll('-', '')
}

/**
 * A random identifier that begins with a time, so that rows made together lie together in the index. 80 of its bits
 * are random.
 */
export function orderedId(at: number): string {
  return at.toString(16).padStart(12, '0') + randomId().slice(12)
}

function randomBelow(limit: number): number {
  const [value] = crypto.getRandomValues(new Uint32Array(1))
  return value % limit
}
