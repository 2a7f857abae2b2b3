/**
 * The layers of a network, read from the ways in which callers write them down: a Keras model as JSON, a list of Keras
 * layers, a list of PyTorch modules.
 *
 * What comes out is one list in Keras's terms, with a seed for everything that is drawn, so that all who read the same
 * definition start from the same weights.
 * @module
 */
import { fromTorch } from './torch.ts'

/** How a definition is written: a Keras `Sequential`, `[{layer, …}]` of Keras, or of PyTorch. */
export type DefineType = 'keras' | 'nn' | 'pytorch'

/** One layer in Keras's terms. */
export interface LayerSpec {
  readonly class_name: string
  readonly config: Readonly<Record<string, unknown>>
}

/** A network of one input vector, layer by layer. */
export interface Topology {
  /** Numbers of a row. */
  readonly inputs: number
  readonly layers: readonly LayerSpec[]
}

/** What a definition is read with. */
export interface DefineOptions {
  readonly type: DefineType
  /** Columns of the table that goes in. */
  readonly inputs: number
  /** Seeds of first weights follow from it. */
  readonly seed: number
  /** What messages call the definition, `nn_define`. */
  readonly name: string
  /** Whether the shape that the definition says of a row counts for nothing. */
  readonly anyShape?: boolean
}

/** The layers in a definition. Throws RangeError that names the layer and what would do. */
export function readTopology(define: unknown, options: DefineOptions): Topology {
  const { type, inputs, seed, name } = options
  const listed = listOf(define, options)
  if (listed.length === 0) throw new RangeError(`${name} has no layers: give at least one Dense`)
  if (listed.length > MOST_LAYERS) {
    throw new RangeError(`${name} has ${listed.length} layers, more than ${MOST_LAYERS}`)
  }
  const terms = type === 'pytorch' ? fromTorch(listed, name) : listed
  let seeds = 0
  const layers = terms.map((layer, at): LayerSpec => {
    const where = `${name}, layer ${at + 1}`
    checkLayer(layer, where)
    const drawn = (value: unknown) => withSeed(value, { where, seed: () => seedAt(seed, seeds++) })
    const config: Record<string, unknown> = { ...layer.config, name: `layer_${at}` }
    if (KERNELS.has(layer.class_name)) config['kernel_initializer'] ??= 'glorot_uniform'
    for (const key of Object.keys(config).filter((each) => each.endsWith('_initializer'))) {
      config[key] = drawn(config[key])
    }
    if (at > 0) delete config['batch_input_shape']
    else if (options.anyShape) config['batch_input_shape'] = [null, inputs]
    else config['batch_input_shape'] = inputShape(config, { where, inputs })
    delete config['input_shape']
    delete config['input_dim']
    return { class_name: layer.class_name, config }
  })
  return { inputs, layers }
}

/** Whether a value has the form of a topology; its layers are checked when it is built. */
export function isTopology(value: unknown): value is Topology {
  if (typeof value !== 'object' || value === null) return false
  const { inputs, layers } = value as Partial<Topology>
  return Number.isSafeInteger(inputs) && Array.isArray(layers) && layers.every(isLayer)
}

/** How many numbers a row has by what a Keras model says itself; undefined where it says nothing. */
export function inputsSaid(define: unknown): number | undefined {
  const config = isRecord(define) && isRecord(define['config']) ? define['config'] : {}
  const layers = Array.isArray(config['layers']) ? (config['layers'] as unknown[]) : []
  const [first] = layers
  const shape =
    isRecord(first) && isRecord(first['config']) ? first['config']['batch_input_shape'] : undefined
  const width: unknown = Array.isArray(shape) && shape.length === 2 ? shape[1] : undefined
  return typeof width === 'number' ? width : undefined
}

/** The activation at the end, by Keras's name; `linear` where there is none. */
export function lastActivation({ layers }: Topology): string {
  const last = layers.findLast(({ class_name }) => class_name !== 'Dropout')
  if (last?.class_name === 'Softmax') return 'softmax'
  const activation = last?.config['activation']
  return typeof activation === 'string' ? activation : 'linear'
}

const MOST_LAYERS = 64
/** Units, filters and kernels beyond this are refused before anything is allocated. */
const MOST_UNITS = 16384

/** Layers whose weights are drawn. */
const KERNELS: ReadonlySet<string> = new Set(['Dense', 'Conv1D', 'Conv2D'])

const LAYERS: ReadonlySet<string> = new Set([
  ...KERNELS,
  'Activation',
  'AveragePooling1D',
  'AveragePooling2D',
  'BatchNormalization',
  'Dropout',
  'ELU',
  'Flatten',
  'GlobalAveragePooling1D',
  'GlobalAveragePooling2D',
  'GlobalMaxPooling1D',
  'GlobalMaxPooling2D',
  'LayerNormalization',
  'LeakyReLU',
  'MaxPooling1D',
  'MaxPooling2D',
  'PReLU',
  'Permute',
  'ReLU',
  'Reshape',
  'Softmax',
  'ThresholdedReLU',
])

const ACTIVATIONS: ReadonlySet<string> = new Set([
  'elu',
  'gelu',
  'hard_sigmoid',
  'linear',
  'mish',
  'relu',
  'relu6',
  'selu',
  'sigmoid',
  'softmax',
  'softplus',
  'softsign',
  'swish',
  'tanh',
])

/** Classes by the short names of Keras. */
const INITIALIZERS: Readonly<Record<string, string>> = {
  zeros: 'Zeros',
  ones: 'Ones',
  constant: 'Constant',
  identity: 'Identity',
  random_uniform: 'RandomUniform',
  random_normal: 'RandomNormal',
  truncated_normal: 'TruncatedNormal',
  variance_scaling: 'VarianceScaling',
  orthogonal: 'Orthogonal',
  glorot_uniform: 'GlorotUniform',
  glorot_normal: 'GlorotNormal',
  he_uniform: 'HeUniform',
  he_normal: 'HeNormal',
  lecun_uniform: 'LeCunUniform',
  lecun_normal: 'LeCunNormal',
}
const FIXED: ReadonlySet<string> = new Set(['Zeros', 'Ones', 'Constant', 'Identity'])

/** The layers as they are written, before anything is known of them. */
function listOf(define: unknown, { type, name }: DefineOptions): LayerSpec[] {
  if (type !== 'keras') {
    if (!Array.isArray(define)) {
      throw new RangeError(`${name} must be a list of layers where config_type is "${type}"`)
    }
    return define.map((entry: unknown, at): LayerSpec => {
      const layer = isRecord(entry) ? entry['layer'] : undefined
      if (typeof layer === 'string' && isRecord(entry)) {
        const { layer: _name, ...config } = entry
        return { class_name: layer, config }
      }
      throw new RangeError(`${name}, layer ${at + 1}: expected an object with a text "layer"`)
    })
  }
  const model = typeof define === 'string' ? parse(define, name) : define
  if (!isRecord(model) || model['class_name'] !== 'Sequential') {
    const found = isRecord(model) ? model['class_name'] : undefined
    const what = typeof found === 'string' ? `a ${found} model` : 'no Keras model'
    throw new RangeError(
      `${name} holds ${what}: expected what Keras writes of a Sequential with to_json(), or set config_type to "nn"`,
    )
  }
  const { config } = model
  const layers: unknown = isRecord(config) ? config['layers'] : config
  if (!Array.isArray(layers) || !layers.every(isLayer)) {
    throw new RangeError(`${name} lacks its config.layers, a list of {class_name, config}`)
  }
  const [first, ...rest] = layers
  if (first?.class_name !== 'InputLayer') return layers
  const { batch_input_shape: old, batch_shape: shape = old } = first.config
  if (rest.length === 0) return []
  const opened = { ...rest[0], config: { ...rest[0].config, batch_input_shape: shape } }
  return [opened, ...rest.slice(1)]
}

function parse(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new RangeError(`${name} is a text that is not JSON`, { cause })
  }
}

function checkLayer({ class_name: kind, config }: LayerSpec, where: string): void {
  if (!LAYERS.has(kind)) {
    const there = [...LAYERS].toSorted().join(', ')
    throw new RangeError(`${where}: there is no layer "${kind.slice(0, 60)}"; there are ${there}`)
  }
  for (const key of ['units', 'filters']) {
    const value = config[key]
    const needed = key === 'units' ? kind === 'Dense' : kind.startsWith('Conv')
    if (value === undefined && !needed) continue
    if (Number.isSafeInteger(value) && Number(value) > 0 && Number(value) <= MOST_UNITS) continue
    throw new RangeError(
      `${where}: ${kind} needs ${key} from 1 to ${MOST_UNITS}, got ${String(value)}`,
    )
  }
  const { activation } = config
  if (activation === undefined || activation === null) return
  if (typeof activation === 'string' && ACTIVATIONS.has(activation)) return
  const there = [...ACTIVATIONS].join(', ')
  throw new RangeError(
    `${where}: there is no activation ${JSON.stringify(activation).slice(0, 60)}; there are ${there}`,
  )
}

/** The shape of a row, which must be that of the table. */
function inputShape(
  config: Readonly<Record<string, unknown>>,
  { where, inputs }: { where: string; inputs: number },
): (number | null)[] {
  const shape = config['batch_input_shape']
  const dim = config['input_dim']
  const given = Array.isArray(shape) ? (shape as unknown[])[1] : dim
  const flat = !Array.isArray(shape) || shape.length === 2
  if (flat && (given === undefined || given === null || given === inputs)) return [null, inputs]
  const takes = Array.isArray(shape) ? JSON.stringify(shape.slice(1)).slice(0, 60) : String(dim)
  throw new RangeError(
    `${where} takes rows of shape ${takes}, the table has ${inputs} columns: set it to [${inputs}]` +
      (flat ? '' : ', and put a Reshape layer first'),
  )
}

/** An initialiser in its long form; one that draws has a seed of its own unless the definition gives one. */
function withSeed(value: unknown, { where, seed }: { where: string; seed: () => number }): unknown {
  if (value === null) return value
  const given = typeof value === 'string' ? value : isRecord(value) ? value['class_name'] : ''
  const name = typeof given === 'string' ? (INITIALIZERS[given] ?? given) : ''
  if (!Object.values(INITIALIZERS).includes(name)) {
    const there = Object.keys(INITIALIZERS).join(', ')
    throw new RangeError(
      `${where}: there is no initializer ${JSON.stringify(given).slice(0, 60)}; there are ${there}`,
    )
  }
  const config: Record<string, unknown> =
    isRecord(value) && isRecord(value['config']) ? { ...value['config'] } : {}
  delete config['dtype']
  if (FIXED.has(name)) delete config['seed']
  // The library takes a seed of 0 for none.
  else
    config['seed'] = Number.isSafeInteger(config['seed']) ? Number(config['seed']) || ZERO : seed()
  return { class_name: name, config }
}

const ZERO = 0x7fffffff

function seedAt(seed: number, at: number): number {
  return ((Math.abs(seed) * 1009 + at * 7919) % 0x7ffffffe) + 1
}

function isLayer(value: unknown): value is LayerSpec {
  return isRecord(value) && typeof value['class_name'] === 'string' && isRecord(value['config'])
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
