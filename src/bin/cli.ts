/**
 * Administration: dispatches to one file a command.
 * @module
 */
import { benchPeers, PEER_NAMES } from '../cli/bench-peers.ts'
import { bench, CASE_NAMES } from '../cli/bench.ts'
import { buildRunner } from '../cli/build-runner.ts'
import { type Command, dispatch } from '../cli/dispatch.ts'
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

const COMMANDS: Record<string, Command> = {
  token: {
    usage: ['token create user|runner|database [--name TEXT] [--parties ID,ID] [--read-only]'],
    does: 'makes a token and prints it once',
    run: (args) => token(readConfig(process.env), args),
  },
  user: {
    usage: ['user add NAME [--admin] [--email TEXT] [--inherit]'],
    does: 'enters an account; asks for its password, or reads it from standard input',
    run: (args) => user(readConfig(process.env), args, scryptPasswords()),
  },
  runner: {
    usage: ['runner invite --party ID [--party ID] [--name TEXT] [--trusted] [--expires 1h]'],
    does: 'makes a one-time code with which a runner joins',
    run: (args) => runner(readConfig(process.env), args),
  },
  party: {
    usage: ['party list', 'party add ID --url URL', 'party reset ID'],
    does: 'the parties, the addresses that clients call them by, and their pinned keys',
    run: (args) => party(readConfig(process.env), args),
  },
  bench: {
    usage: ['bench [CASE …] [--json] [--params name=value,…]'],
    does: 'measures this machine',
    more: `cases, all of them where none is named: ${CASE_NAMES.join(', ')}`,
    run: (args) => bench(args),
  },
  'bench-peers': {
    usage: ['bench-peers [CASE …] [--json]'],
    does: 'the same work by this project and by others',
    more: `cases, all of them where none is named: ${PEER_NAMES.join(', ')}`,
    run: (args) => benchPeers(args),
  },
  'build-runner': {
    usage: ['build-runner [--out FILE] [--no-strip]'],
    does: 'makes dist/weft-runner, the single binary',
    run: (args) => buildRunner(args),
  },
  flink: {
    usage: ['flink [--install]'],
    does: 'a Flink on this host, for development and tests',
    run: (args) => flink(args),
  },
  lock: {
    usage: ['lock [--check]'],
    does: 'completes package-lock.json for other platforms',
    run: (args) => lock(args),
  },
  vendor: {
    usage: ['vendor [--check]'],
    does: 'copies browser scripts into public/vendor',
    run: (args) => vendor(args),
  },
}

runMain(() => dispatch(COMMANDS, process.argv.slice(2), (text) => console.log(text)))
