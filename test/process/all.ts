/**
 * Tests that start real servers and runners as processes of their own, and others that take as long. Slower than the unit
 * suite, nothing else needed.
 * @module
 */
import './start.process.ts'
import './deno.process.ts'
import './three-parties.process.ts'
import './crash.process.ts'
import './binary.process.ts'
import './hrana.process.ts'
import './resume.process.ts'
import './restart.process.ts'
import './removed.process.ts'
import './programs.process.ts'
import './secure-boost.process.ts'
import './homo-boost.process.ts'
import './sbt-acceptance.process.ts'
import './predict.process.ts'
import './serving.process.ts'
import './fate-confs.process.ts'
import './fate-dsl.process.ts'
import './nn.process.ts'
import './fedlearn.process.ts'
import './flow-image.process.ts'
import './flow-video.process.ts'
import './retrieval.process.ts'
