/**
 * Axes: a range of round numbers around the data, and the way from a value to a place.
 * @module
 */

export interface Scale {
  readonly min: number
  readonly max: number
  readonly ticks: readonly number[]
  /** The place of a value between `from` and `to`. */
  place(value: number): number
}

/** A linear scale over `domain`, widened to round ticks, onto the places `range`. */
export function linearScale(
  domain: readonly [number, number],
  range: readonly [number, number],
  want = 5,
): Scale {
  let [low, high] = domain
  if (low === high) {
    const pad = low === 0 ? 1 : Math.abs(low) / 2
    low -= pad
    high += pad
  }
  const step = roundStep((high - low) / want)
  const first = Math.floor(low / step + 1e-9)
  const last = Math.ceil(high / step - 1e-9)
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => tidy((first + index) * step))
  const min = ticks[0]
  const max = ticks[ticks.length - 1]
  const [from, to] = range
  return { min, max, ticks, place: (value) => from + ((value - min) / (max - min)) * (to - from) }
}

/** The next 1, 2 or 5 times a power of ten. */
function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough))
  const part = rough / power
  const factor = part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10
  return factor * power
}

function tidy(value: number): number {
  return Number(value.toPrecision(12))
}
