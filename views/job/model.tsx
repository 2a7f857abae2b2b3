/**
 * A model for reading: weights as a table with bars, the rest as names and values.
 * @module
 */
import type { Artifact } from '../../src/domain/artifact.ts'
import { formatNumber } from '../ui/format.ts'
import { Json } from '../ui/json.tsx'
import { ScrollBox } from '../ui/scroll.tsx'
import { Facts, showValue } from '../ui/table.tsx'

/** A model's parameters as the component published them to its own party. */
export function Model({ artifact }: { artifact: Artifact }) {
  const { param, meta } = parts(artifact.preview)
  if (param === undefined) {
    return <p class="note">The party keeps this model to itself: it hands out no preview.</p>
  }
  const weights = weightsOf(param)
  const rest = Object.entries(param).filter(([key]) => key !== 'weight')
  return (
    <div class="model">
      {weights.length > 0 ? (
        <Weights weights={weights} />
      ) : 'weight' in param ? (
        <p class="note">This party holds no weights of the model.</p>
      ) : null}
      <Facts facts={rest.filter(([, value]) => isShort(value)).map(fact)} />
      {rest
        .filter(([, value]) => !isShort(value))
        .map(([key, value]) => (
          <details class="numbers">
            <summary>{key}</summary>
            <Json value={value} label={key} />
          </details>
        ))}
      {meta && Object.keys(meta).length > 0 ? (
        <details class="numbers">
          <summary>Settings of the training</summary>
          <Json value={meta} label="Settings of the training" />
        </details>
      ) : null}
    </div>
  )
}

function Weights({ weights }: { weights: readonly (readonly [string, number])[] }) {
  const largest = Math.max(...weights.map(([, value]) => Math.abs(value))) || 1
  return (
    <ScrollBox class="scroll short" label="Weights">
      <table class="grid weights">
        <thead>
          <tr>
            <th scope="col">Feature</th>
            <th scope="col" class="cell-number">
              Weight
            </th>
            <th scope="col">
              <span class="visually-hidden">Bar</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {weights.map(([name, value]) => (
            <tr>
              <th scope="row">{name}</th>
              <td class="cell-number">{formatNumber(value)}</td>
              <td>
                <Bar share={value / largest} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  )
}

function Bar({ share }: { share: number }) {
  const width = Math.abs(share) * 60
  return (
    <svg class="bar" viewBox="0 0 124 10" width="124" height="10" aria-hidden="true">
      <line x1="62" x2="62" y1="0" y2="10" />
      <rect
        class={share < 0 ? 'negative' : 'positive'}
        x={share < 0 ? 62 - width : 62}
        y="1.5"
        width={width}
        height="7"
        rx="1.5"
      />
    </svg>
  )
}

function parts(preview: unknown): {
  param: Record<string, unknown> | undefined
  meta: Record<string, unknown> | undefined
} {
  const whole = asRecord(preview)
  return { param: asRecord(whole?.['param']), meta: asRecord(whole?.['meta']) }
}

function weightsOf(param: Record<string, unknown>): [string, number][] {
  return Object.entries(asRecord(param['weight']) ?? {}).flatMap(([name, value]) =>
    typeof value === 'number' ? [[name, value]] : [],
  )
}

function fact([name, value]: readonly [string, unknown]): readonly [string, string] {
  return [name, showValue(value)]
}

function isShort(value: unknown): boolean {
  return typeof value !== 'object' || value === null || JSON.stringify(value).length <= 60
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}
