/**
 * The single binary: a runner with what an operator needs around it.
 * @module
 */
import { parseArgs } from 'node:util'

import { optionFault } from '../cli/dispatch.ts'
import { type Config, readConfig } from '../config.ts'
import { carriedThreads } from './carried.ts'
import { VERSION } from './place.ts'
import { runMain } from './process.ts'
import { readRegistration, registrationEnv } from './registration.ts'

const USAGE = `usage: weft-runner COMMAND [OPTIONS]

  run        takes work until it is told to stop
  register   joins a server, and keeps in the data directory what "run" needs
               --server URL       the server's address
               --code CODE        a one-time code, made with "npm run cli -- runner invite"; or instead
               --parties ID,ID    the parties that the runner serves, and
               --token TOKEN      made with "npm run cli -- token create runner"; or in WEFT_SERVER_TOKEN
  doctor     says what this machine has and what is wrong; ends with 1 when a runner could not work

  --data-dir DIR   tables, models, keys and the registration (WEFT_DATA_DIR, ./data)
  --natives DIR    optional native packages: onnxruntime-node, sharp, webgpu,
                   @duckdb/node-api (WEFT_NATIVES, beside this program)
  --temp-dir DIR   where the native part of the database is unpacked (TMPDIR, /tmp)
  --version, --help

Every other setting is an environment variable, WEFT_… as in the table of the README.`

const COMMANDS: Record<string, (flags: Flags) => Promise<void>> = {
  async run(flags) {
    const { startRunner } = await import('./start-runner.ts')
    await startRunner(await registeredConfig(flags), carriedThreads())
  },
  async register(flags) {
    const code = flags.code
    if (code !== undefined && (flags.token !== undefined || flags.parties !== undefined)) {
      throw new Error('The code stands for token and parties: leave --token and --parties out')
    }
    const config = readConfig(environment(flags))
    const { register } = await import('./register.ts')
    const { path, fingerprints, trusted } = await register(config, { code })
    if (trusted) console.log('this runner is trusted: it works on the database of the server')
    for (const { party, fingerprint } of fingerprints) {
      console.log(`party ${party} has the key ${fingerprint}`)
    }
    console.log(`registered; ${path} has the token, and "weft-runner run" uses it`)
  },
  async doctor(flags) {
    const config = await registeredConfig(flags)
    const { examine, report } = await import('./doctor.ts')
    const findings = await examine(config)
    const { version, arch, platform } = process
    console.log(`weft-runner ${VERSION}, node ${version.slice(1)}, ${platform} ${arch}`)
    console.log(report(findings))
    if (findings.some(({ state }) => state === 'wrong')) process.exitCode = 1
  },
}

// The commands' own modules load an addon, which needs the temporary directory: they are imported when they run.
runMain(async () => {
  const { flags, positionals } = readArguments(process.argv.slice(2))
  if (flags.version) return console.log(VERSION)
  const [name, ...rest] = positionals
  if (flags.help || name === undefined || positionals.join(' ') === 'help')
    return console.log(USAGE)
  const command = COMMANDS[name]
  if (!command || rest.length > 0) {
    throw new Error(`No command "${positionals.join(' ')}": "weft-runner --help" lists them`)
  }
  if (flags['temp-dir'] !== undefined) process.env['TMPDIR'] = flags['temp-dir']
  await command(flags)
})

type Flags = ReturnType<typeof readArguments>['flags']

function readArguments(args: string[]) {
  try {
    return parseArguments(args)
  } catch (error) {
    throw optionFault(error, '"weft-runner --help"')
  }
}

function parseArguments(args: string[]) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      'data-dir': { type: 'string' },
      'temp-dir': { type: 'string' },
      server: { type: 'string' },
      code: { type: 'string' },
      natives: { type: 'string' },
      token: { type: 'string' },
      parties: { type: 'string' },
      version: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  return { flags: values, positionals }
}

/** Flags before the environment before what was registered. */
async function registeredConfig(flags: Flags): Promise<Config> {
  const given = environment(flags)
  const { dataDir } = readConfig(given)
  return readConfig({ ...registrationEnv(await readRegistration(dataDir)), ...given })
}

/** The environment, with the flags in their variables. */
function environment(flags: Flags): Record<string, string> {
  const named = {
    ...process.env,
    ...(flags['data-dir'] === undefined ? {} : { WEFT_DATA_DIR: flags['data-dir'] }),
    ...(flags.natives === undefined ? {} : { WEFT_NATIVES: flags.natives }),
    ...(flags.server === undefined ? {} : { WEFT_SERVER_URL: flags.server }),
    ...(flags.token === undefined ? {} : { WEFT_SERVER_TOKEN: flags.token }),
    ...(flags.parties === undefined ? {} : { WEFT_PARTIES: flags.parties }),
  }
  // An empty variable counts as one that is not set, here as in the configuration.
  return Object.fromEntries(
    Object.entries(named).filter((entry): entry is [string, string] => Boolean(entry[1])),
  )
}
