/**
 * Boxes from the layers of YOLOv3: Redmon and Farhadi, "YOLOv3: An Incremental Improvement" (2018), section 2.
 * @module
 */
import { type Box, suppress } from './box.ts'

/** What a network was trained with. */
export interface YoloShape {
  readonly inputWidth: number
  readonly inputHeight: number
  readonly classes: number
  /** Anchors a cell. */
  readonly anchors: number
  /** Width and height of the layers' grids. */
  readonly grids: readonly { readonly width: number; readonly height: number }[]
  /** Width and height of every anchor in input pixels, layer by layer. */
  readonly biases: readonly number[]
  /** Least score of a box, by class or one for all. */
  readonly scores: readonly number[]
  /** Most overlap of two boxes, by class or one for all. */
  readonly overlaps: readonly number[]
  /** Boxes in pixels of the input; else as parts of its width and height. */
  readonly inPixels: boolean
}

export interface YoloLayer {
  readonly data: ArrayLike<number>
  /** Channels last (HWC) rather than first. */
  readonly channelsLast?: boolean
}

/** The boxes of one image from its layers, in the order of `grids`. Throws RangeError where a layer has another size. */
export function yoloBoxes(layers: readonly YoloLayer[], shape: YoloShape): Box[] {
  const { classes, anchors, grids, scores, overlaps } = shape
  const found: Box[] = []
  const entries = 5 + classes
  let firstAnchor = 0
  layers.forEach((layer, number) => {
    const { width, height } = grids[number]
    const cells = width * height
    const expected = cells * anchors * entries
    if (layer.data.length !== expected)
      throw new RangeError(
        `Layer ${number + 1} has ${layer.data.length} numbers where ${width} x ${height} cells of ${anchors} anchors and ${classes} classes have ${expected}`,
      )
    for (let anchor = 0; anchor < anchors; anchor++)
      for (let cell = 0; cell < cells; cell++) {
        const value = (entry: number): number => {
          const channel = anchor * entries + entry
          const at = layer.channelsLast
            ? cell * anchors * entries + channel
            : channel * cells + cell
          return layer.data[at]
        }
        const objectness = sigmoid(value(4))
        const bias = (firstAnchor + anchor) * 2
        const x = ((cell % width) + sigmoid(value(0))) / width
        const y = (Math.floor(cell / width) + sigmoid(value(1))) / height
        const w = (Math.exp(value(2)) * shape.biases[bias]) / shape.inputWidth
        const h = (Math.exp(value(3)) * shape.biases[bias + 1]) / shape.inputHeight
        for (let category = 0; category < classes; category++) {
          const score = objectness * sigmoid(value(5 + category))
          // Not `<`: a score that is no number is none.
          if (!(score >= (scores[category] ?? scores[0]))) continue
          found.push({ x: x - w / 2, y: y - h / 2, w, h, category, score })
        }
      }
    firstAnchor += anchors
  })
  const kept = suppress(found, { overlap: (category) => overlaps[category] ?? overlaps[0] })
  if (!shape.inPixels) return kept
  return kept.map((box) => ({
    ...box,
    x: box.x * shape.inputWidth,
    y: box.y * shape.inputHeight,
    w: box.w * shape.inputWidth,
    h: box.h * shape.inputHeight,
  }))
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value))
}
