/**
 * The GPU's arithmetic, on a GPU or on a software adapter; on Deno, or on Node with the package `webgpu` in WEFT_NATIVES.
 * @module
 */
import './gpu-kernels.gpu.ts'
import './gpu-pool.gpu.ts'
import './gpu-ring.gpu.ts'
