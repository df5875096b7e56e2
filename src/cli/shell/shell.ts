/**
 * What every command is built with: the terminal, the clock, and the ways to answer. A command's outcome is its
 * return (exit 0), `shell.exit = …` (it answered, with a finding) or a thrown `Stop` (it could not do what was asked).
 */
import { Command } from 'commander'
import type { Clock } from '../../clock.ts'
import { type Control, openControl } from './control.ts'
import { type ExitCode, exitCodes } from './exits.ts'
import { findGateway, type GatewayOptions } from './gateway-address.ts'
import { visibleLines } from './layout.ts'
import type { Terminal } from './terminal.ts'

export interface Shell {
  readonly terminal: Terminal
  readonly clock: Clock
  readonly version: string
  /** A signal aborted when the person interrupts. Asked for only by commands that end themselves; others just die. */
  interruption(): AbortSignal
  /** What the process will exit with when the command returns. */
  exit: ExitCode
}

export interface CommonOptions extends GatewayOptions {
  readonly json?: boolean
}

/** Commands that talk to the running gateway: they get the options that name it. */
const gatewayCommands = new WeakSet<Command>()

/** A command with an example under its help. `addSharedOptions` gives it the rest. */
export function command(name: string, summary: string, examples: readonly string[]): Command {
  return new Command(name)
    .description(summary)
    .helpOption('-h, --help', 'show this help')
    .addHelpText('after', examplesText(examples))
}

/** The same, for a command that talks to the running gateway. */
export function gatewayCommand(name: string, summary: string, examples: readonly string[]): Command {
  const made = command(name, summary, examples)
  gatewayCommands.add(made)
  return made
}

/** A command that only holds others. */
export function group(
  name: string,
  summary: string,
  examples: readonly string[],
  members: readonly Command[],
): Command {
  const parent = command(name, summary, examples).helpCommand(false)
  for (const member of members) parent.addCommand(member)
  return parent
}

/** Where commands live, by name; each is given the words after its name. */
export type CommandLoads = Readonly<Record<string, (shell: Shell, words: readonly string[]) => Promise<Command>>>

/** The command that the first word names, alone, so that a line loads only what it needs; without such a word, all. */
export async function loadNamed(
  loads: CommandLoads,
  shell: Shell,
  [name = '', ...words]: readonly string[],
): Promise<readonly Command[]> {
  const named = Object.hasOwn(loads, name) ? loads[name] : undefined
  if (named !== undefined) return [await named(shell, words)]
  return Promise.all(Object.values(loads).map(load => load(shell, [])))
}

/** The options every command shares, after its own: what is special to a command is what its reader looks for. */
export function addSharedOptions(each: Command): void {
  if (gatewayCommands.has(each))
    each
      .option('--url <url>', 'address of the gateway (or SALLYPORT_URL)')
      .option('--data-dir <dir>', 'data folder of the gateway')
  each.option('--json', 'print JSON for programs')
}

function examplesText(examples: readonly string[]): string {
  return `\n${examples.length === 1 ? 'Example' : 'Examples'}:\n${examples.map(example => `  $ ${example}\n`).join('')}`
}

/** The gateway a command's options mean. */
export function reachGateway(shell: Shell, options: CommonOptions): Control {
  return openControl(findGateway(options, shell.terminal.env))
}

/** One JSON value on standard output. Invisible characters are written as JSON escapes: the value is the same. */
export function printJson(shell: Shell, value: unknown): void {
  shell.terminal.out(`${visibleLines(JSON.stringify(value, null, 2))}\n`)
}

/** Asks for a yes. `--yes` answers for scripts; where nobody can be asked the answer is no. */
export async function confirm(shell: Shell, question: string, yes: boolean | undefined): Promise<boolean> {
  if (yes === true) return true
  if (!shell.terminal.interactive) return false
  const answer = await shell.terminal.ask(`${question} [y/N] `)
  return /^y(es)?$/i.test(answer ?? '')
}

/** Marks the end of a command that answered, with a finding. */
export function found(shell: Shell): void {
  shell.exit = exitCodes.finding
}

/** Collects an option that may be repeated. */
export function collect(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value]
}
