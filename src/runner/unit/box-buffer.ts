/**
 * Boxes in buffers: bytes as the original's units pass them, or a list of objects from a script.
 * @module
 */
import { type Box, decodeBoxes, encodeBoxes } from '../../compute/image/box.ts'
import { bytesOf, type FlowBuffer, flowBuffer, type Meta } from '../../flow/stream/buffer.ts'
import { UnitError } from '../../flow/stream/unit.ts'

const NUMBERS = ['x', 'y', 'w', 'h', 'category', 'score'] as const

/** The boxes that a buffer holds. */
export function boxesOf(buffer: FlowBuffer): Box[] {
  const { data } = buffer
  if (Array.isArray(data)) return data.map(boxOf)
  if (!ArrayBuffer.isView(data))
    throw new UnitError('Box.Bad', 'The boxes are neither bytes nor a list of objects')
  try {
    return decodeBoxes(bytesOf(buffer))
  } catch (error) {
    throw new UnitError('Box.Bad', (error as Error).message, { cause: error })
  }
}

/** A buffer of boxes; `shape` counts them. */
export function boxBuffer(boxes: readonly Box[], meta: Meta = {}): FlowBuffer {
  const data = encodeBoxes(boxes)
  return flowBuffer(data, { ...meta, shape: [boxes.length], type: 'uint8' })
}

function boxOf(value: unknown): Box {
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >
  const [x, y, w, h, category, score] = NUMBERS.map((name) => {
    const number = fields[name] ?? (name === 'category' ? 0 : name === 'score' ? 1 : undefined)
    if (typeof number !== 'number')
      throw new UnitError('Box.Bad', `A box has no number in its field "${name}"`)
    return number
  })
  return { x, y, w, h, category, score }
}
