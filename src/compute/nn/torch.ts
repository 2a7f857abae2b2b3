/**
 * Lists of PyTorch modules in Keras's terms.
 * @module
 */
import type { LayerSpec } from './topology.ts'

/**
 * The same layers in Keras's terms. A `Linear` layer starts as PyTorch has it start, from weights and biases that are
 * uniform within ±1/√inputs. Throws RangeError for a module that is not known, or one that does not fit the one before.
 */
export function fromTorch(modules: readonly LayerSpec[], name: string): LayerSpec[] {
  let width: number | undefined
  return modules.map(({ class_name: kind, config }, at): LayerSpec => {
    const where = `${name}, layer ${at + 1}`
    const given = config['config']
    const numbers = (Array.isArray(given) ? (given as unknown[]) : []).map(Number)
    if (kind.toLowerCase() === 'linear') {
      const from = Number(numbers[0] ?? config['in_features'])
      const to = Number(numbers[1] ?? config['out_features'])
      if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 1) {
        throw new RangeError(`${where}: Linear needs config [inputs, outputs]`)
      }
      if (width !== undefined && width !== from) {
        throw new RangeError(`${where} takes ${from} numbers, the layer before gives ${width}`)
      }
      const limit = 1 / Math.sqrt(from)
      const uniform = { class_name: 'RandomUniform', config: { minval: -limit, maxval: limit } }
      const shape = width === undefined ? { batch_input_shape: [null, from] } : {}
      width = to
      return {
        class_name: 'Dense',
        config: { units: to, kernel_initializer: uniform, bias_initializer: uniform, ...shape },
      }
    }
    const activation = ACTIVATIONS[kind.toLowerCase()]
    if (activation !== undefined) return { class_name: 'Activation', config: { activation } }
    const option = isNumbers(numbers) ? numbers[0] : undefined
    if (kind === 'Dropout') {
      return { class_name: 'Dropout', config: { rate: option ?? config['p'] ?? 0.5 } }
    }
    if (kind === 'LeakyReLU') return { class_name: kind, config: { alpha: option ?? 0.01 } }
    if (kind === 'Flatten') return { class_name: kind, config: {} }
    const there = `Linear, ReLU, Sigmoid, Tanh, Softmax, ELU, SELU, GELU, Softplus, Softsign, LeakyReLU, Dropout, Flatten`
    throw new RangeError(`${where}: there is no module "${kind.slice(0, 60)}"; there are ${there}`)
  })
}

const ACTIVATIONS: Readonly<Record<string, string>> = {
  relu: 'relu',
  sigmoid: 'sigmoid',
  tanh: 'tanh',
  softmax: 'softmax',
  elu: 'elu',
  selu: 'selu',
  gelu: 'gelu',
  softplus: 'softplus',
  softsign: 'softsign',
}

function isNumbers(values: readonly number[]): boolean {
  return values.length > 0 && values.every(Number.isFinite)
}
