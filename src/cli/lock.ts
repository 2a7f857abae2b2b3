/**
 * `lock [--check]`: completes package-lock.json with the optional packages of other platforms.
 *
 * A registry mirror that lacks those packages makes npm leave them out, and `npm ci` then refuses the lock file. An
 * entry needs no more than a version and its platform: npm skips it elsewhere and resolves it there.
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'

interface LockEntry {
  readonly version?: string
  readonly dev?: boolean
  readonly optional?: boolean
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly libc?: readonly string[]
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

interface Lock {
  packages: Record<string, LockEntry>
}

const OS = [
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
]
const CPU = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64']

/** Runs the command; with `--check` it only says what is missing. */
export async function lock(args: string[], path = 'package-lock.json'): Promise<void> {
  const { values } = parseArgs({ args, options: { check: { type: 'boolean' } } })
  const file = JSON.parse(await readFile(path, 'utf8')) as Lock
  const missing = missingEntries(file)
  const names = Object.keys(missing)
  if (names.length === 0) return
  if (values.check) {
    throw new Error(`package-lock.json lacks ${names.join(', ')}: run "npm run cli -- lock"`)
  }
  const packages = { ...file.packages, ...missing }
  file.packages = Object.fromEntries(
    Object.entries(packages).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )
  await writeFile(path, `${JSON.stringify(file, null, 2)}\n`)
  console.log(`added ${names.length} packages of other platforms to ${path}`)
}

/** Entries for optional packages that somebody names and the lock file does not have. */
export function missingEntries(file: Lock): Record<string, LockEntry> {
  const missing: Record<string, LockEntry> = {}
  for (const owner of Object.values(file.packages)) {
    for (const [name, version] of Object.entries(owner.optionalDependencies ?? {})) {
      const key = `node_modules/${name}`
      const platform = platformOf(name)
      // A range, or a package for every platform: npm has to find out itself.
      if (key in file.packages || platform === undefined || !/^\d+\.\d+\.\d+\S*$/.test(version))
        continue
      missing[key] = { version, ...platform, ...(owner.dev ? { dev: true } : {}), optional: true }
    }
  }
  return missing
}

function platformOf(name: string): Pick<LockEntry, 'os' | 'cpu' | 'libc'> | undefined {
  const words = name.split(/[/-]/)
  const os = OS.find((candidate) =>
    words.some((word) => word.replace('linuxmusl', 'linux') === candidate),
  )
  const cpu = CPU.find((candidate) => words.includes(candidate))
  if (os === undefined) return undefined
  const musl = words.some((word) => word.includes('musl'))
  const glibc = words.some(
    (word) => word === 'gnu' || word === 'glibc' || word.startsWith('gnueabi'),
  )
  return {
    os: [os],
    ...(cpu ? { cpu: [cpu] } : {}),
    ...(os === 'linux' && (musl || glibc) ? { libc: [musl ? 'musl' : 'glibc'] } : {}),
  }
}
