/**
 * Puts a Flink of a pinned version into a folder: its libraries from the Python package index, the SQL gateway from
 * Maven Central, each by the tool that knows where that is, and each checked by its hash.
 * @module
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const exec = promisify(execFile)

/** The newest release of the line that is supported for longest. */
export const FLINK_VERSION = '1.20.3'

const LIBRARIES = {
  file: `apache-flink-libraries-${FLINK_VERSION}.tar.gz`,
  sha256: 'f07f07a46bb272c1e851379ed92105928367019db31240091a5367fc92800289',
}
const GATEWAY = {
  artifact: `org.apache.flink:flink-sql-gateway:${FLINK_VERSION}:jar`,
  file: `flink-sql-gateway-${FLINK_VERSION}.jar`,
  sha256: 'f80e1c5b7a8a9e0bd57bbde5a56ca6731192acce8cfb1bce43e307a33a417c8f',
}

/** Where it is kept unless somebody says otherwise. */
export function flinkHome(env: NodeJS.ProcessEnv): string {
  const cache = env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  return env['WEFT_FLINK_HOME'] ?? join(cache, 'weft', `flink-${FLINK_VERSION}`)
}

/** Installs Flink in `home`, unless it is there. Rejects with what is missing on this host. */
export async function installFlink(home: string, say: (text: string) => void): Promise<void> {
  if (await exists(join(home, 'opt', GATEWAY.file))) return
  await requireTool('java', ['-version'], 'Java 17: Debian has openjdk-17-jre-headless')
  await requireTool('python3', ['-m', 'pip', '--version'], 'pip: Debian has python3-pip')
  await requireTool('mvn', ['-version'], 'Maven: Debian has maven')
  await mkdir(dirname(home), { recursive: true })
  const draft = await mkdtemp(`${home}.`)
  try {
    say(`Fetching Flink ${FLINK_VERSION}, 230 MB, once`)
    await exec(
      'python3',
      [
        '-m',
        'pip',
        'download',
        '--quiet',
        '--no-deps',
        '--no-binary',
        ':all:',
        '--dest',
        draft,
        `apache-flink-libraries==${FLINK_VERSION}`,
      ],
      { cwd: draft },
    )
    await checkHash(join(draft, LIBRARIES.file), LIBRARIES.sha256)
    await exec('tar', ['-xzf', LIBRARIES.file], { cwd: draft })
    const unpacked = join(draft, LIBRARIES.file.replace('.tar.gz', ''), 'deps')
    const made = join(draft, 'home')
    await mkdir(join(made, 'opt'), { recursive: true })
    await mkdir(join(made, 'plugins'))
    await cp(join(unpacked, 'lib'), join(made, 'lib'), { recursive: true })
    await fetchJar(GATEWAY, join(made, 'opt'))
    await rm(home, { recursive: true, force: true })
    await rename(made, home)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** Fetches an artifact of Maven Central into a folder; answers the path of its file. */
export async function fetchJar(
  jar: { readonly artifact: string; readonly file: string; readonly sha256: string },
  folder: string,
): Promise<string> {
  await exec(
    'mvn',
    [
      '-q',
      '-B',
      'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy',
      `-Dartifact=${jar.artifact}`,
      `-DoutputDirectory=${folder}`,
    ],
    { cwd: folder },
  )
  const path = join(folder, jar.file)
  await checkHash(path, jar.sha256)
  return path
}

/** Runs a tool to see whether it is there; rejects with `what` is missing otherwise. */
export async function requireTool(
  command: string,
  args: string[],
  what: string,
  who = 'Flink',
): Promise<void> {
  try {
    await exec(command, args)
  } catch (cause) {
    throw new Error(`${who} needs ${what}`, { cause })
  }
}

/** The SHA-256 of a file, in hexadecimal digits. */
export async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

async function checkHash(path: string, expected: string): Promise<void> {
  const found = await hashOf(path)
  if (found !== expected)
    throw new Error(`${path} has SHA-256 ${found}, expected ${expected}: somebody changed it`)
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
