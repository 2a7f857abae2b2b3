/**
 * Optimisers by the names and with the defaults that Keras has for them.
 * @module
 */
import type { Optimizer } from '@tensorflow/tfjs-core'

import type { Library } from './library.ts'

/** An optimiser and its settings, under Keras's names. */
export interface DescentRule {
  readonly name: string
  readonly settings: Readonly<Record<string, number | boolean>>
}

/**
 * The rule in `SGD` or `{optimizer: 'SGD', learning_rate: 0.1}`, with all settings. Throws RangeError that names what it
 * does not know.
 */
export function readDescent(value: unknown): DescentRule {
  const record = typeof value === 'string' ? { optimizer: value } : value
  const given = typeof record === 'object' && record !== null ? { ...record } : {}
  const { optimizer, ...settings } = given as Record<string, unknown>
  const wanted = typeof optimizer === 'string' ? optimizer : ''
  const found = Object.entries(RULES).find(([name]) => name.toLowerCase() === wanted.toLowerCase())
  if (!found) {
    const there = Object.keys(RULES).join(', ')
    throw new RangeError(`optimizer: there is no "${wanted.slice(0, 60)}"; there are ${there}`)
  }
  const [name, defaults] = found
  const all: Record<string, number | boolean> = { ...defaults }
  for (const [key, setting] of Object.entries(settings)) {
    const own = key === 'lr' ? 'learning_rate' : key
    if (!(own in defaults)) {
      if (setting === 0 || setting === null || setting === false || own === 'name') continue
      throw new RangeError(
        `optimizer.${key}: ${name} has no such setting here; it has ${Object.keys(defaults).join(', ')}`,
      )
    }
    if (setting === null) continue
    const kind = typeof defaults[own]
    if (typeof setting !== kind || (kind === 'number' && !fits(own, Number(setting)))) {
      throw new RangeError(
        `optimizer.${key}: ${kind === 'boolean' ? 'expected true or false' : own === 'learning_rate' ? 'expected a number above 0' : 'expected a number of at least 0 and below 1'}, got ${JSON.stringify(setting)}`,
      )
    }
    all[own] = setting as number | boolean
  }
  return { name, settings: all }
}

/** The optimiser of a rule, at its beginning. */
export function openDescent({ tf }: Library, { name, settings }: DescentRule): Optimizer {
  const of = (key: string) => Number(settings[key])
  const rate = of('learning_rate')
  switch (name) {
    case 'SGD':
      return of('momentum') === 0
        ? tf.train.sgd(rate)
        : tf.train.momentum(rate, of('momentum'), settings['nesterov'] === true)
    case 'RMSprop':
      return tf.train.rmsprop(
        rate,
        of('rho'),
        of('momentum'),
        of('epsilon'),
        settings['centered'] === true,
      )
    case 'Adagrad':
      return tf.train.adagrad(rate, of('initial_accumulator_value'))
    case 'Adadelta':
      return tf.train.adadelta(rate, of('rho'), of('epsilon'))
    case 'Adam':
      return tf.train.adam(rate, of('beta_1'), of('beta_2'), of('epsilon'))
    default:
      throw new RangeError(`openDescent: there is no "${name}"`)
  }
}

const RULES: Readonly<Record<string, Readonly<Record<string, number | boolean>>>> = {
  SGD: { learning_rate: 0.01, momentum: 0, nesterov: false },
  RMSprop: { learning_rate: 0.001, rho: 0.9, momentum: 0, epsilon: 1e-7, centered: false },
  Adagrad: { learning_rate: 0.001, initial_accumulator_value: 0.1 },
  Adadelta: { learning_rate: 0.001, rho: 0.95, epsilon: 1e-7 },
  Adam: { learning_rate: 0.001, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 },
}

function fits(key: string, value: number): boolean {
  if (!Number.isFinite(value)) return false
  return key === 'learning_rate' ? value > 0 : value >= 0 && value < 1
}
