import { benchPeers } from '../cli/bench-peers.ts'
/**
 * Administration: dispatches to one file a command.
 * @module
 */
import { bench } from '../cli/bench.ts'
import { buildRunner } from '../cli/build-runner.ts'
import { flink } from '../cli/flink.ts'
import { lock } from '../cli/lock.ts'
import { party } from '../cli/party.ts'
import { runner } from '../cli/runner.ts'
import { token } from '../cli/token.ts'
import { user } from '../cli/user.ts'
import { vendor } from '../cli/vendor.ts'
import { readConfig } from '../config.ts'
import { scryptPasswords } from './password.ts'
import { runMain } from './process.ts'

const COMMANDS: Record<string, { summary: string; run(args: string[]): Promise<void> }> = {
  token: {
    summary:
      'token create user|runner|database [--name TEXT] [--parties ID,ID] [--read-only]   makes a token and prints it once',
    run: (args) => token(readConfig(process.env), args),
  },
  user: {
    summary:
      'user add NAME [--admin] [--email TEXT] [--inherit]         enters an account; asks for its password, or reads it from standard input',
    run: (args) => user(readConfig(process.env), args, scryptPasswords()),
  },
  runner: {
    summary:
      'runner invite --party ID [--name TEXT] [--trusted] [--expires 1h]   makes a one-time code with which a runner joins',
    run: (args) => runner(readConfig(process.env), args),
  },
  party: {
    summary:
      'party list | party reset ID                                the parties and their pinned keys',
    run: (args) => party(readConfig(process.env), args),
  },
  bench: {
    summary: 'bench [CASE] [--json]                                      measures this machine',
    run: (args) => bench(args),
  },
  'bench-peers': {
    summary:
      'bench-peers [CASE] [--json]                                the same work by this project and by others',
    run: (args) => benchPeers(args),
  },
  'build-runner': {
    summary:
      'build-runner [--out FILE] [--no-strip]                     makes dist/weft-runner, the single binary',
    run: (args) => buildRunner(args),
  },
  flink: {
    summary:
      'flink [--install]                                          a Flink on this host, for development and tests',
    run: (args) => flink(args),
  },
  lock: {
    summary:
      'lock [--check]                                             completes package-lock.json for other platforms',
    run: (args) => lock(args),
  },
  vendor: {
    summary:
      'vendor [--check]                                           copies browser scripts into public/vendor',
    run: (args) => vendor(args),
  },
}

runMain(async () => {
  const [name = '', ...args] = process.argv.slice(2)
  const command = COMMANDS[name]
  if (command) return command.run(args)
  const list = Object.values(COMMANDS).map(({ summary }) => `  ${summary}`)
  console.error(`usage: npm run cli -- COMMAND\n\n${list.join('\n')}`)
  process.exitCode = name === '' || name === '--help' ? 0 : 2
})
