/**
 * The tensor library that neural networks run on, loaded when the first network is made: whoever trains none never
 * pays for it. It computes in single precision, in this thread, without native code.
 * @module
 */
import type * as Core from '@tensorflow/tfjs-core'
import type * as Layers from '@tensorflow/tfjs-layers'

/** Tensors with derivatives, and layers made of them. */
export interface Library {
  readonly tf: typeof Core
  readonly layers: typeof Layers
}

let loading: Promise<Library> | undefined

/** The library, the same one for every call. */
export function loadLibrary(): Promise<Library> {
  return (loading ??= load())
}

async function load(): Promise<Library> {
  const tf = await import('@tensorflow/tfjs-core')
  // Without it the library prints advice on the standard output.
  tf.enableProdMode()
  await import('@tensorflow/tfjs-backend-cpu')
  const layers = await import('@tensorflow/tfjs-layers')
  await tf.setBackend('cpu')
  return { tf, layers }
}
