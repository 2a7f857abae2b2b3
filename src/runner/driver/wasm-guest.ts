/**
 * The module that runs WebAssembly units in their thread, as a text; `driver/README.md` describes what it offers them.
 * @module
 */

/** An ES module whose default export is a unit; `workerData` has the file and the names of the ports. */
export const WASM_GUEST = String.raw`
import { readFile } from 'node:fs/promises'
import { workerData } from 'node:worker_threads'

const { wasm, inputs, outputs, stream } = workerData
const LEVELS = ['debug', 'info', 'warning', 'error']
const TEXT = new TextDecoder()
const BYTES = new TextEncoder()

export default async () => {
  const module = await WebAssembly.compile(await readFile(wasm))
  let config, host, shared

  async function instance() {
    const place = { context: undefined, error: undefined, made: [] }
    const memory = (at, length) => {
      const { buffer } = place.exports.memory
      if (at < 0 || length < 0 || at + length > buffer.byteLength) throw new RangeError('The unit names memory that it does not have')
      return new Uint8Array(buffer, at, length)
    }
    const text = (at, length) => TEXT.decode(memory(at, length))
    const give = (value, at, most) => {
      if (value === undefined) return -1
      const bytes = BYTES.encode(value)
      if (bytes.length <= most) memory(at, bytes.length).set(bytes)
      return bytes.length
    }
    const buffer = (port, index) => {
      const found = place.context.input(inputs[port] ?? '#' + port)[index]
      if (!found) throw new RangeError('The unit asks for buffer ' + index + ' of port ' + port + ', which is not there')
      return found
    }
    const bytesOf = ({ data }) => {
      if (typeof data === 'string') return BYTES.encode(data)
      if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      return BYTES.encode(JSON.stringify(data))
    }
    const pushed = (port, index) => {
      const found = place.made[port]?.[index]
      if (!found) throw new RangeError('The unit has pushed no buffer ' + index + ' to port ' + port)
      return found
    }
    const weft = {
      input_count: (port) => place.context.input(inputs[port] ?? '#' + port).length,
      input_size: (port, index) => bytesOf(buffer(port, index)).length,
      input_read: (port, index, at) => {
        const bytes = bytesOf(buffer(port, index))
        memory(at, bytes.length).set(bytes)
      },
      meta_get: (port, index, key, keyLength, at, most) => {
        const { meta } = buffer(port, index)
        const name = text(key, keyLength)
        return give(Object.hasOwn(meta, name) ? JSON.stringify(meta[name]) : undefined, at, most)
      },
      output_push: (port, at, length) => {
        if (outputs[port] === undefined) throw new RangeError('The unit has no out-port ' + port)
        const list = (place.made[port] ??= [])
        return list.push({ data: memory(at, length).slice(), meta: {} }) - 1
      },
      meta_set: (port, index, key, keyLength, at, length) => {
        pushed(port, index).meta[text(key, keyLength)] = JSON.parse(text(at, length))
      },
      meta_copy: (toPort, toIndex, port, index) => void Object.assign(pushed(toPort, toIndex).meta, buffer(port, index).meta),
      set_error: (at, length) => void (place.error = text(at, length)),
      event: () => place.context.event ?? -1,
      send_event: (value) => place.context.sendEvent(value),
      log: (level, at, length) => host.log(LEVELS[level] ?? 'info', text(at, length)),
      config_get: (key, keyLength, at, most) => {
        const name = text(key, keyLength)
        return give(config.has(name) ? config.text(name) : undefined, at, most)
      },
    }
    const made = await WebAssembly.instantiate(module, { weft })
    place.exports = made.exports
    if (typeof place.exports.process !== 'function' || !(place.exports.memory instanceof WebAssembly.Memory))
      throw new Error('The module exports no "process" or no "memory"')
    call(place, 'open')
    return place
  }

  function call(place, name, context) {
    if (typeof place.exports[name] !== 'function') return 'success'
    Object.assign(place, { context, error: undefined, made: [] })
    const code = place.exports[name]() ?? 0
    if (code !== 0 && code !== 22 && code !== 24 && code !== 25)
      throw new Error(place.error ?? 'the unit answered the status ' + code + ' in ' + name)
    place.made.forEach((list, port) => context?.output(outputs[port]).push(...list))
    return { 0: 'success', 22: 'continue' }[code] ?? 'stop'
  }

  async function of({ state }) {
    if (!stream) return shared
    if (!state.has('wasm')) state.set('wasm', await instance())
    return state.get('wasm')
  }

  return {
    async open(given, place) {
      config = given
      host = place
      shared = await instance()
    },
    streamOpen: async (context) => void call(await of(context), 'stream_open', context),
    process: async (context) => call(await of(context), 'process', context),
    streamClose: async (context) => void call(await of(context), 'stream_close', context),
    close: () => void call(shared, 'close'),
  }
}
`
