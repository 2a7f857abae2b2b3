/**
 * The engine of works on a real Flink, which `npm run flink` would start too. Needs Java 17, Maven and pip; says what is
 * missing.
 * @module
 */
import './check.flink.ts'
import './console.flink.ts'
import './cross-check.flink.ts'
import './engine.flink.ts'
