/**
 * Metas of streams: what a node sets at an out-port, those behind it see, with what came to the node itself.
 * @module
 */
import type { Meta } from '../../flow/stream/buffer.ts'
import type { Stream } from './session.ts'
import type { Stage } from './stage.ts'

const NONE: Meta = Object.freeze({})

/** Sets metas at an out-port, for the stream that leaves there. */
export function setMeta(stage: Stage, at: { port: string; stream: Stream }, meta: Meta): void {
  const { port, stream } = at
  const { metas } = stage.node.role === 'collapse' ? (stream.parent ?? stream) : stream
  const key = keyOf(stage, port)
  metas.set(key, { ...metas.get(key), ...meta })
}

/** The metas of a stream at an in-port. */
export function metaAt(stage: Stage, at: { port: number; stream: Stream }): Meta {
  let { stream } = at as { stream: Stream | undefined }
  // Most streams have none.
  while (stream && !stream.hasMetas) stream = stream.parent
  return stream ? into(stage, { ...at, inner: 0 }, new Set()) : NONE
}

interface Place {
  readonly port: number
  readonly stream: Stream
  /** Collapses that were passed on the way up: what is in front of them is not known for one stream. */
  readonly inner: number
}

function into(stage: Stage, { port, stream, inner }: Place, seen: Set<Stage>): Meta {
  return Object.assign(
    {},
    ...stage.sources[port].map((source) => {
      // Around a loop nothing new comes.
      if (seen.has(source.stage)) return NONE
      return outOf(source, { stream, inner }, new Set([...seen, stage]))
    }),
  ) as Meta
}

function outOf(
  { stage, port }: Stage['sources'][number][number],
  { stream, inner }: Omit<Place, 'port'>,
  seen: Set<Stage>,
): Meta {
  const { role } = stage.node
  let own = stream
  let depth = inner
  if (role === 'collapse') depth++
  else if (role === 'expand' && depth > 0) depth--
  else if (role === 'expand') own = stream.parent ?? stream
  const came = stage.sources.map((_, index) =>
    into(stage, { port: index, stream: own, inner: depth }, seen),
  )
  return Object.assign({}, ...came, own.hasMetas ? own.metas.get(keyOf(stage, port)) : {}) as Meta
}

function keyOf({ node }: Stage, port: string): string {
  return JSON.stringify([node.name, port])
}
