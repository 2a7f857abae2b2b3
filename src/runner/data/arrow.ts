/**
 * Frames as Arrow: the id column first, then the frame's columns in order. Text and ids are utf8, numbers float64,
 * JSON values utf8 with `weft.type` = `json` on the field; kind, id heading and label name stand in the schema's
 * metadata, the true name of a column in its field's. Any Arrow reader can open the file.
 * @module
 */
import {
  type Data,
  type DataType,
  Field,
  Float64,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  Table,
  tableFromIPC,
  Utf8,
} from 'apache-arrow'

import type { Column, Frame, FrameKind } from '../../compute/ml/frame.ts'

/** Rows of one record batch. */
const BATCH_ROWS = 65_536

/** The bytes of an Arrow file that holds the rows of `parts`, which all have the columns of `head`. */
export async function* encodeFrames(
  head: Frame,
  parts: Iterable<Frame> | AsyncIterable<Frame>,
): AsyncGenerator<Uint8Array> {
  const schema = schemaOf(head)
  const writer = new RecordBatchFileWriter()
  writer.reset(undefined, schema)
  let failure: { readonly error: unknown } | undefined
  let wanted = true
  const produced = (async () => {
    try {
      for await (const part of parts) {
        for (let start = 0; wanted && start < part.ids.length; start += BATCH_ROWS) {
          writer.write(toBatch(schema, part, { start, end: start + BATCH_ROWS }))
        }
        if (!wanted) return
      }
    } catch (error) {
      failure = { error }
    }
    // Ends the loop below, also after a failure.
    if (wanted) writer.finish()
  })()
  try {
    for await (const chunk of writer) yield chunk
  } finally {
    wanted = false
  }
  await produced
  if (failure) throw failure.error
}

/** The frame in an Arrow file that `encodeFrames` made. Throws a RangeError for any other file. */
export function decodeFrame(bytes: Uint8Array): Frame {
  return frameOf(tableFromIPC(bytes))
}

/** The same rows batch by batch, for those who do not need all of them at once. */
export function* decodeFrames(bytes: Uint8Array): Generator<Frame> {
  for (const batch of tableFromIPC(bytes).batches) yield frameOf(new Table([batch]))
}

/** The rows from the one at `offset` on, at most `limit` of them. */
export function decodeSlice(
  bytes: Uint8Array,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Frame {
  return frameOf(tableFromIPC(bytes).slice(offset, offset + limit))
}

function frameOf(table: Table): Frame {
  const { metadata, fields } = table.schema
  const kind = metadata.get('weft.kind')
  const idName = metadata.get('weft.id')
  if (kind === undefined || idName === undefined) {
    throw new RangeError('The file is an Arrow table, but none that Weft wrote')
  }
  const labelName = metadata.get('weft.label')
  const weightName = metadata.get('weft.weight')
  return {
    kind: kind as FrameKind,
    idName,
    ids: texts(table, 0),
    ...(labelName === undefined ? {} : { labelName }),
    ...(weightName === undefined ? {} : { weightName }),
    columns: fields.slice(1).map((field, index) => toColumn(table, field, index + 1)),
  }
}

function schemaOf(head: Frame): Schema {
  const metadata = new Map([
    ['weft.kind', head.kind],
    ['weft.id', head.idName],
  ])
  if (head.labelName !== undefined) metadata.set('weft.label', head.labelName)
  if (head.weightName !== undefined) metadata.set('weft.weight', head.weightName)
  const taken = new Set<string>()
  const fields: Field[] = [new Field(fieldName(head.idName, taken), new Utf8(), false)]
  for (const { name, type } of head.columns) {
    const told = new Map([
      ['weft.type', type],
      ['weft.name', JSON.stringify(name)],
    ])
    const holds = type === 'number' ? new Float64() : new Utf8()
    fields.push(new Field<DataType>(fieldName(name, taken), holds, false, told))
  }
  return new Schema(fields, metadata)
}

/** Arrow's writer drops every row when two fields have the same name, and its reader takes an empty one for "null". */
function fieldName(name: string, taken: Set<string>): string {
  let unique = name === '' ? '_' : name
  while (taken.has(unique)) unique += '_'
  taken.add(unique)
  return unique
}

function toBatch(
  schema: Schema,
  frame: Frame,
  { start, end }: { start: number; end: number },
): RecordBatch {
  const ids = frame.ids.slice(start, end)
  const children: Data<DataType>[] = [textData(ids)]
  for (const column of frame.columns) {
    if (column.values.length !== frame.ids.length) {
      throw new RangeError(
        `Column "${column.name}" has ${column.values.length} values for ${frame.ids.length} rows`,
      )
    }
    if (column.type === 'number') {
      const data = column.values.slice(start, end)
      children.push(makeData({ type: new Float64(), data, length: data.length, nullCount: 0 }))
    } else if (column.type === 'text') {
      children.push(textData(column.values.slice(start, end)))
    } else {
      const values = column.values.slice(start, end)
      children.push(textData(values.map((value) => JSON.stringify(value) ?? 'null')))
    }
  }
  const type = new Struct(schema.fields)
  return new RecordBatch(schema, makeData({ type, children, length: ids.length, nullCount: 0 }))
}

function textData(values: readonly string[]): Data<Utf8> {
  const data = Buffer.from(values.join(''), 'utf8')
  const valueOffsets = new Int32Array(values.length + 1)
  let offset = 0
  for (let row = 0; row < values.length; row++) {
    offset += Buffer.byteLength(values[row], 'utf8')
    valueOffsets[row + 1] = offset
  }
  // Joining could fuse two halves of a surrogate pair that two values hold apart.
  if (offset !== data.length) throw new RangeError('A text holds half a surrogate pair')
  return makeData({ type: new Utf8(), valueOffsets, data, length: values.length, nullCount: 0 })
}

function toColumn(table: Table, field: Field, index: number): Column {
  const type = field.metadata.get('weft.type')
  const name = JSON.parse(field.metadata.get('weft.name') ?? '""') as string
  if (type === 'number') return { name, type, values: numbers(table, index) }
  const values = texts(table, index)
  if (type === 'text') return { name, type, values }
  return { name, type: 'json', values: values.map((value): unknown => JSON.parse(value)) }
}

function numbers(table: Table, index: number): Float64Array {
  const values = new Float64Array(table.numRows)
  let row = 0
  for (const { values: part } of chunks(table, index)) {
    values.set(part as Float64Array, row)
    row += part.length
  }
  return values
}

function texts(table: Table, index: number): string[] {
  const values: string[] = []
  for (const { values: bytes, valueOffsets, length } of chunks(table, index)) {
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const from = valueOffsets[0]
    const plain = view.toString('latin1', from, valueOffsets[length])
    // One decoding for all rows is many times faster, where a byte is a character.
    const ascii = !/[\u0080-\u00ff]/.test(plain)
    for (let row = 0; row < length; row++) {
      const start = valueOffsets[row]
      const end = valueOffsets[row + 1]
      values.push(ascii ? plain.slice(start - from, end - from) : view.toString('utf8', start, end))
    }
  }
  return values
}

interface Chunk {
  readonly values: Uint8Array | Float64Array
  readonly valueOffsets: Int32Array
  readonly length: number
}

function chunks(table: Table, index: number): readonly Chunk[] {
  return table.batches.map((batch) => batch.data.children[index] as unknown as Chunk)
}
