/**
 * Which command a line names, what it says of itself when it is asked, and what is wrong with its options.
 * @module
 */

/** A command: how it is written, what it does in words, and what it does. */
export interface Command {
  readonly usage: readonly string[]
  readonly does: string
  /** What else its help says. */
  readonly more?: string
  run(args: string[]): Promise<void>
}

const HELP = new Set(['help', '--help', '-h'])

/** Runs what the line names; `print` gets help where that was asked for. Throws a sentence for a line that is wrong. */
export async function dispatch(
  commands: Readonly<Record<string, Command>>,
  line: readonly string[],
  print: (text: string) => void,
): Promise<void> {
  const [name = 'help', ...args] = line
  if (HELP.has(name) && args.length === 0) return print(listOf(commands))
  const asked = HELP.has(name) ? args[0] : name
  const command = Object.hasOwn(commands, asked) ? commands[asked] : undefined
  if (!command) throw new Error(`No command "${asked}": "npm run cli -- --help" lists them`)
  if (HELP.has(name) || asksForHelp(args)) return print(helpOf(command))
  try {
    await command.run(args)
  } catch (error) {
    throw optionFault(error, `"npm run cli -- ${name} --help"`)
  }
}

/** A fault of an option as one sentence that says where its help is; any other error as it is. */
export function optionFault(error: unknown, help: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  if (!String(error.code).startsWith('ERR_PARSE_ARGS_')) return error
  const [sentence] = error.message.split(/\.\s|\n/)
  return new Error(`${sentence.replace(/\.$/, '')}: ${help} says what there is`)
}

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return (end < 0 ? args : args.slice(0, end)).some((arg) => arg === '--help' || arg === '-h')
}

function helpOf({ usage, does, more }: Command): string {
  const lines = usage.map((form, at) => `${at === 0 ? 'usage:' : '      '} npm run cli -- ${form}`)
  return [...lines, '', does, ...(more === undefined ? [] : ['', more])].join('\n')
}

function listOf(commands: Readonly<Record<string, Command>>): string {
  const blocks = Object.values(commands).map(({ usage, does }) =>
    [...usage.map((form) => `  ${form}`), `      ${does}`].join('\n'),
  )
  return `usage: npm run cli -- COMMAND\n\n${blocks.join('\n')}`
}
