/**
 * `build-runner [--out FILE] [--no-strip]`: makes the single binary of the runner, a Node executable that carries
 * the runner's code and its one native addon.
 * @module
 */
import { spawnSync } from 'node:child_process'
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

import type { BuildOptions, Plugin } from 'esbuild'

const USAGE = 'usage: build-runner [--out FILE] [--no-strip]'
const ADDON = 'libsql.node'
/** The asset names are those that `src/bin/carried.ts` asks for. */
const THREADS = {
  'worker.js': 'worker.ts',
  'compute-worker.js': 'compute-worker.ts',
  'unit-worker.js': 'unit-worker.ts',
}

/** Runs the command. */
export async function buildRunner(args: string[], root = process.cwd()): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    allowNegative: true,
    options: { out: { type: 'string' }, strip: { type: 'boolean', default: true } },
  })
  if (positionals.length > 0) throw new Error(USAGE)
  const addon = findAddon(root)
  const out = resolve(values.out ?? join(root, 'dist/weft-runner'))
  await mkdir(dirname(out), { recursive: true })
  const folder = await mkdtemp(join(tmpdir(), 'weft-build-'))
  try {
    const main = join(folder, 'main.js')
    await bundle(root, join(root, 'src/bin/weft-runner.ts'), main)
    const assets: Record<string, string> = { [ADDON]: addon }
    for (const [asset, entry] of Object.entries(THREADS)) {
      assets[asset] = join(folder, asset)
      await bundle(root, join(root, 'src/runner', entry), assets[asset])
    }
    const executable = join(folder, 'node')
    await copyFile(process.execPath, executable)
    await chmod(executable, 0o755)
    if (values.strip) strip(executable)
    const config = join(folder, 'sea.json')
    const settings = { main, executable, output: out, assets, disableExperimentalSEAWarning: true }
    await writeFile(config, JSON.stringify(settings))
    command(process.execPath, ['--build-sea', config])
    await chmod(out, 0o755)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  const { size } = await stat(out)
  console.log(`${out}: ${(size / 1e6).toFixed(0)} MB, node ${process.versions.node}`)
}

/** The addon of libsql for this system; throws where the binary cannot be built. */
function findAddon(root: string): string {
  const { platform, arch, versions } = process
  if (platform !== 'linux') {
    throw new Error(`The single binary is made on Linux, for Linux; this is ${platform}`)
  }
  if (Number(versions.node.split('.')[0]) < 26) {
    throw new Error(
      `The single binary needs Node 26, this is ${versions.node}: use "npm run build:runner", which takes the project's own`,
    )
  }
  const name = `@libsql/linux-${arch}-gnu`
  try {
    return createRequire(join(root, 'package.json')).resolve(name)
  } catch (cause) {
    throw new Error(`${name} is not installed: run "npm ci"`, { cause })
  }
}

async function bundle(root: string, entry: string, outfile: string): Promise<void> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    version: string
  }
  const options: BuildOptions = {
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: `node${process.versions.node}`,
    // Native packages of their own, which a host has beside the file or does without.
    external: ['@duckdb/node-api', 'onnxruntime-node', 'sharp'],
    define: { WEFT_BINARY_VERSION: JSON.stringify(version) },
    plugins: [carriedAddon(join(root, 'src/bin/carried.ts'))],
    logLevel: 'error',
    // Modules that know where they lie are asked only where there are files.
    logOverride: { 'empty-import-meta': 'silent' },
    // Names stay, so that a stack says where something went wrong.
    minifyWhitespace: true,
    minifySyntax: true,
  }
  // A development dependency: the other commands work without it.
  const { build } = await import('esbuild')
  await build(options)
}

/** Has libsql load the addon that the binary carries, where it looked for a package. */
function carriedAddon(loader: string): Plugin {
  const its = '= requireNative();'
  const ours = `= require(${JSON.stringify(loader)}).loadAddon(${JSON.stringify(ADDON)});`
  return {
    name: 'carried-addon',
    setup(build) {
      build.onLoad({ filter: /node_modules\/libsql\/index\.js$/ }, async ({ path }) => {
        const text = await readFile(path, 'utf8')
        if (!text.includes(its)) {
          throw new Error(`${path} no longer has "${its}": adapt src/cli/build-runner.ts to it`)
        }
        return { loader: 'js', contents: text.replace(its, ours) }
      })
    },
  }
}

/** Takes the symbols out, which only a debugger reads; where there is no `strip`, the file stays larger. */
function strip(executable: string): void {
  const { error } = spawnSync('strip', ['--strip-all', executable])
  if (error) console.error('no "strip" (binutils) here: the binary keeps its symbols')
}

function command(program: string, args: string[]): void {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`)
}
