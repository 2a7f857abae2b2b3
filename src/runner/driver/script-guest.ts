/**
 * The code of the thread that script units run in, as a text: it is there also where the runner is one file.
 *
 * It answers calls (`RemoteCall`) in the order in which they came and gives the script what `UnitContext` says.
 * @module
 */

/** Plain JavaScript for `new Worker(…, { eval: true })`; `workerData` has the module's URL and the export's name. */
export const SCRIPT_GUEST = String.raw`
const { parentPort, workerData } = require('node:worker_threads')
const { format } = require('node:util')

const streams = new Map()
const sessions = new Map()
let unit
let turn = Promise.resolve()

for (const [name, level] of Object.entries({ debug: 'debug', log: 'info', info: 'info', warn: 'warning', error: 'error' }))
  console[name] = (...parts) => parentPort.postMessage({ log: level, text: format(...parts) })

parentPort.on('message', ({ id, call }) => {
  turn = turn.then(async () => {
    let reply
    try {
      reply = await handle(call)
    } catch (error) {
      reply = { error: failure(error) }
    }
    try {
      parentPort.postMessage({ id, reply })
    } catch (error) {
      parentPort.postMessage({ id, reply: { error: failure(error) } })
    }
  })
})

function failure(error) {
  const code = error !== null && typeof error === 'object' && typeof error.code === 'string' ? error.code : 'Unit.ProcessError'
  return { code, message: error instanceof Error ? error.message : String(error) }
}

async function handle(call) {
  if (call.op === 'open') return open(call)
  if (call.op === 'forget') {
    sessions.delete(call.session)
    return {}
  }
  if (call.op === 'close') {
    await unit.close?.()
    return {}
  }
  const context = contextOf(call)
  const method = { begin: 'streamOpen', process: 'process', end: 'streamClose' }[call.op]
  const result = await unit[method]?.(context.given)
  if (call.op === 'end') streams.delete(call.stream)
  return { ...context.reply, result: result ?? 'success' }
}

async function open({ config, node }) {
  const module = await import(workerData.url)
  const found = module[workerData.name]
  if (typeof found !== 'function' && typeof found?.process !== 'function')
    throw new Error('The script has no export "' + workerData.name + '" that is a class, a function that makes a unit, or a unit')
  if (typeof found !== 'function') unit = found
  else unit = /^class\b/.test(Function.prototype.toString.call(found)) ? new found() : await found()
  if (typeof unit?.process !== 'function') throw new Error('The unit of the script has no function "process"')
  await unit.open?.(settings(config), { node, log: (level, text) => parentPort.postMessage({ log: level, text: String(text) }) })
  return {}
}

function settings(values) {
  const read = (name, fallback, parse) => {
    if (Object.hasOwn(values, name)) return parse(values[name])
    if (fallback !== undefined) return fallback
    throw new RangeError('"' + name + '" is not set, and the unit needs it')
  }
  const number = (name) => (text) => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isFinite(value)) throw new RangeError('"' + name + '" is to be a number, not "' + text + '"')
    return value
  }
  const list = (name) => read(name, [], (text) => (text === '' ? [] : text.split(',').map((part) => part.trim())))
  return {
    has: (name) => Object.hasOwn(values, name),
    names: Object.keys(values),
    text: (name, fallback) => read(name, fallback, (text) => text),
    number: (name, fallback) => read(name, fallback, number(name)),
    integer: (name, fallback) => Math.trunc(read(name, fallback, number(name))),
    boolean: (name, fallback) => read(name, fallback, (text) => ['true', '1', 'yes', 'on'].includes(text.toLowerCase())),
    list,
    numbers: (name) => list(name).map((part) => number(name)(part)),
  }
}

function contextOf({ stream, session, sessionConfig, inputs, external, inputMeta, event }) {
  const outputs = Object.fromEntries(workerData.outputs.map((port) => [port, []]))
  const outputMeta = {}
  const events = []
  let state = stream === 0 ? new Map() : streams.get(stream)
  if (!state) streams.set(stream, (state = new Map()))
  let values = sessions.get(session)
  if (!values) sessions.set(session, (values = new Map()))
  const port = (table, name) => {
    if (Object.hasOwn(table, name)) return table[name]
    throw new RangeError('The unit has no port "' + name + '": it has ' + Object.keys(table).join(', '))
  }
  return {
    reply: { outputs, outputMeta, events },
    given: {
      input: (name) => port(inputs, name),
      output: (name) => {
        const list = port(outputs, name)
        return {
          push: (...buffers) => {
            for (const buffer of buffers) {
              if (buffer === null || typeof buffer !== 'object' || !('data' in buffer || 'error' in buffer))
                throw new TypeError('A buffer is { data, meta }: the unit pushes something else at "' + name + '"')
              const { data = null, meta = {}, error } = buffer
              list.push(error ? { data, meta, error } : { data, meta })
            }
          },
          get length() {
            return list.length
          },
        }
      },
      external,
      event,
      sendEvent: (each) => void events.push(each),
      hasError: Object.values(inputs).some((list) => list.some(({ error }) => error)),
      state,
      session: { id: session, values, config: (name) => sessionConfig[name] },
      inputMeta: (name) => inputMeta[name] ?? {},
      setOutputMeta: (name, meta) => void (outputMeta[name] = meta),
    },
  }
}
`
