/**
 * A real Kafka of one node without ZooKeeper, on the loopback: its libraries from Maven Central, checked by their hashes.
 * @module
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { hashOf, requireTool } from '../../src/cli/flink/install.ts'
import { freePort, freshFolder, launch, type Started } from '../process/cluster.ts'
import { kept } from './keep.ts'

const exec = promisify(execFile)

const VERSION = '3.9.1'
/** Of the lines `<file> <SHA-256>` of all of them, in the order of their names. */
const SHA256 = 'e880b68d15f512c7642e4f4d8448679f9cf65f4447c48247e9f38342afadd487'
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>weft</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>${VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-simple</artifactId>
      <version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
`

export interface Kafka {
  readonly address: string
  /** Ends it at once, as a crash would; what it has acknowledged is on its disk. */
  kill(): Promise<void>
  start(): Promise<void>
  close(): Promise<void>
}

/** Fetches Kafka where it is not there, and starts it. Rejects with what is missing on this host. */
export async function startKafka(): Promise<Kafka> {
  await requireTool('java', ['-version'], 'Java 17: Debian has openjdk-17-jre-headless', 'Kafka')
  const home = await kept(`kafka-${VERSION}`, fetchKafka)
  const folder = await freshFolder('kafka')
  const [port, controller] = [await freePort(), await freePort()]
  const settings = join(folder, 'server.properties')
  await writeFile(
    settings,
    `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
log.dirs=${join(folder, 'data')}
offsets.topic.replication.factor=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
message.max.bytes=100000
`,
  )
  const java = ['java', '-Xmx256m', '-cp', join(home, '*')]
  const id = Buffer.alloc(16, 7).toString('base64url')
  await exec('java', [
    ...java.slice(1),
    'kafka.tools.StorageTool',
    'format',
    '-t',
    id,
    '-c',
    settings,
  ])
  const begin = () =>
    launch({
      command: [...java, 'kafka.Kafka', settings],
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '' },
      ready: /Kafka Server started/,
    })
  let server: Started = await begin()
  return {
    address: `127.0.0.1:${port}`,
    async kill() {
      await server.stop('SIGKILL')
    },
    async start() {
      server = await begin()
    },
    async close() {
      await server.stop('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function fetchKafka(draft: string): Promise<void> {
  await requireTool('mvn', ['-version'], 'Maven: Debian has maven', 'Kafka')
  console.log(`Fetching Kafka ${VERSION}, 46 MB, once`)
  const pom = join(draft, 'pom.xml')
  await writeFile(pom, POM)
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'
  const args = ['-q', '-B', '-f', pom, goal, '-DincludeScope=runtime', `-DoutputDirectory=${draft}`]
  await exec('mvn', args, { cwd: draft })
  await rm(pom)
  const hash = createHash('sha256')
  for (const file of (await readdir(draft)).toSorted())
    hash.update(`${file} ${await hashOf(join(draft, file))}\n`)
  const found = hash.digest('hex')
  if (found !== SHA256)
    throw new Error(`The libraries of Kafka have SHA-256 ${found}, expected ${SHA256}`)
}
