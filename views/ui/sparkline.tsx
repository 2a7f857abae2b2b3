/**
 * A small drawing of how something went, for the side of a number. It follows light and dark by its classes.
 * @module
 */

export interface SparklineProps {
  /** What it shows, in words, with the last value. */
  readonly label: string
  readonly points: readonly (readonly [at: number, value: number])[]
  /** The time at its left and at its right. */
  readonly span: readonly [from: number, to: number]
  /** The value at its top; zero is at its bottom. */
  readonly max: number
  /** Points farther apart than this are not joined: nothing is known in between. */
  readonly breakAt: number
}

const WIDTH = 160
const HEIGHT = 36

/** The drawing. */
export function Sparkline({ label, points, span, max, breakAt }: SparklineProps) {
  const [from, to] = span
  const x = (at: number) => round(((at - from) / (to - from)) * WIDTH)
  const y = (value: number) => round(HEIGHT - 1 - (Math.min(value, max) / max) * (HEIGHT - 2))
  const runs = joined(points, breakAt)
  const line = (run: typeof points) => run.map(([at, value]) => `${x(at)} ${y(value)}`).join('L')
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <path class="sparkline-floor" d={`M0 ${HEIGHT - 0.5}H${WIDTH}`} />
      {runs.map((run) => (
        <path
          class="sparkline-area"
          d={`M${x(run[0][0])} ${HEIGHT}L${line(run)}L${x(run[run.length - 1][0])} ${HEIGHT}Z`}
        />
      ))}
      {runs.map((run) => (
        // A line of no length still shows a dot, as its ends are round.
        <path class="sparkline-line" d={`M${line(run)}${run.length === 1 ? 'h0.01' : ''}`} />
      ))}
    </svg>
  )
}

/** The points in runs without a gap longer than `breakAt`. */
export function joined<P extends readonly [number, number]>(
  points: readonly P[],
  breakAt: number,
): P[][] {
  const runs: P[][] = []
  for (const [index, point] of points.entries()) {
    const isApart = index === 0 || point[0] - points[index - 1][0] > breakAt
    if (isApart) runs.push([])
    runs[runs.length - 1].push(point)
  }
  return runs
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
