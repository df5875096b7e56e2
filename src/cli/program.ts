/**
 * The command line as a whole: every command under one name, one way to say what went wrong, four exit codes.
 * Refuses what it does not know (exit 2) with the nearest command or option it does know.
 */
import { type Argument, Command, CommanderError } from 'commander'
import { systemClock } from '../clock.ts'
import { errorEntry, Fault } from '../errors.ts'
import { type ExitCode, exitCodes, Stop } from './shell/exits.ts'
import { codeOf } from './shell/gateway-address.ts'
import { visible, visibleLines, wrap } from './shell/layout.ts'
import { addSharedOptions, type CommandLoads, loadNamed, type Shell } from './shell/shell.ts'
import { openTerminal, type Terminal } from './shell/terminal.ts'

const intro = `Sallyport stands between AI agents and the MCP servers they use: no call reaches
a server without passing the rules, and every call is on record.`

const outro = `
Start here:
  $ sallyport demo                       see it work, with real servers
  $ sallyport init                       put it in front of the servers you have
  $ sallyport start                      run the gateway on this machine
  $ sallyport doctor                     find out what is missing

Exit codes: 0 ok, 1 finding or refusal, 2 usage, 3 cannot reach the gateway.`

const running: CommandLoads = {
  init: async shell => (await import('./init.ts')).initCommand(shell),
  start: async shell => (await import('./start.ts')).startCommand(shell),
  demo: async shell => (await import('./demo.ts')).demoCommand(shell),
  connect: async shell => (await import('./connect.ts')).connectCommand(shell),
  doctor: async shell => (await import('./doctor.ts')).doctorCommand(shell),
}

const deciding: CommandLoads = {
  scan: async shell => (await import('./scan.ts')).scanCommand(shell),
  server: async shell => (await import('./server.ts')).serverCommand(shell),
  policy: async shell => (await import('./policy.ts')).policyCommand(shell),
  grant: async shell => (await import('./grant.ts')).grantCommand(shell),
  ledger: async shell => (await import('./ledger.ts')).ledgerCommand(shell),
  catalogue: async (shell, words) => (await import('./catalogue.ts')).catalogueCommand(shell, words),
}

/**
 * The command line for `argv`: the command it names, or every command where it names none (help, a slip of the pen).
 * Shared with the tests that pin the help and with the reference page, which ask for all.
 */
export async function buildProgram(shell: Shell, argv: readonly string[] = []): Promise<Command> {
  const program = new Command('sallyport')
    .description(intro)
    .version(shell.version, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .addHelpText('after', outro)
  const named = await loadNamed({ ...running, ...deciding }, shell, argv)
  program.commandsGroup('Run:')
  for (const each of named) if (Object.hasOwn(running, each.name())) program.addCommand(each)
  program.commandsGroup('Decide and look:')
  for (const each of named) if (Object.hasOwn(deciding, each.name())) program.addCommand(each)
  settle(program, shell.terminal)
  return program
}

/** The same behaviour for every command: nothing exits or prints behind our back. */
function settle(each: Command, terminal: Terminal): void {
  if (each.commands.length === 0) addSharedOptions(each)
  each.exitOverride()
  each.configureOutput({
    writeOut: text => terminal.out(text),
    writeErr: text => terminal.err(text),
    outputError: () => undefined,
    getOutHelpWidth: () => Math.min(terminal.columns, helpColumnsMax),
    getErrHelpWidth: () => Math.min(terminal.columns, helpColumnsMax),
    getOutHasColors: () => terminal.paint('bold', '') !== '',
    getErrHasColors: () => terminal.paintErr('bold', '') !== '',
  })
  each.configureHelp({
    styleTitle: title => terminal.paint('bold', title),
    subcommandTerm: member => [member.name(), ...member.registeredArguments.map(argumentTerm)].join(' '),
  })
  for (const member of each.commands) settle(member, terminal)
}

const helpColumnsMax = 100

function argumentTerm(argument: Argument): string {
  return argument.required ? `<${argument.name()}>` : `[${argument.name()}]`
}

/** Runs one command line to its end and says with which code the process should exit. Prints what went wrong. */
export async function runCli(argv: readonly string[], shell: Shell): Promise<ExitCode> {
  const program = await buildProgram(shell, argv)
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return shell.exit
  } catch (error) {
    const ended = endOf(error, () => pathOf(program, argv))
    if (ended === undefined) return printDefect(shell.terminal, error)
    if (typeof ended === 'number') return ended
    printStop(shell.terminal, ended, argv.includes('--json'))
    return ended.exit
  }
}

/** How an expected ending ends; nothing for a defect of ours. */
function endOf(error: unknown, path: () => string): Stop | ExitCode | undefined {
  if (error instanceof Stop) return error
  if (error instanceof CommanderError) return commanderEnd(error, path())
  if (error instanceof Fault) {
    const { code, message } = error.refusal
    return new Stop(exitCodes.finding, code, message, errorEntry(code).remedy)
  }
  return undefined
}

/** A defect is reported whole: the stack is what somebody needs to repair it. */
function printDefect(terminal: Terminal, error: unknown): ExitCode {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  terminal.err(
    `${terminal.paintErr('red', 'sallyport:')} met a defect of its own; please report it with what follows\n`,
  )
  terminal.err(`${visibleLines(stack)}\n`)
  return exitCodes.finding
}

/** Commander's own endings: help and version are answers; the rest is a line it did not understand. */
function commanderEnd(error: CommanderError, path: string): Stop | ExitCode {
  if (error.exitCode === 0) return exitCodes.ok
  if (error.code === 'commander.help') return exitCodes.usage
  const [first = '', second] = error.message.replace(/^error: /, '').split('\n')
  const nearest = /^\(Did you mean (.*)\?\)$/.exec(second ?? '')?.[1]?.replace(/^one of /, '')
  const message = first.replaceAll("'", '`').replace('. Expected', ': expected').replace(/\.$/, '')
  const remedy = nearest === undefined ? `see \`${path} --help\`` : `did you mean ${nearest}?`
  return new Stop(exitCodes.usage, 'ERR_CLI_USAGE', message, remedy)
}

/** The command a line names, as far as it names one: `sallyport grant create`. */
function pathOf(program: Command, argv: readonly string[]): string {
  let at = program
  const path = [program.name()]
  for (const word of argv) {
    const next = at.commands.find(member => member.name() === word)
    if (next === undefined) break
    path.push(word)
    at = next
  }
  return path.join(' ')
}

function printStop(terminal: Terminal, { code, message, remedy, more }: Stop, json: boolean): void {
  if (json) {
    const error = remedy === undefined ? { code, message } : { code, message, remedy }
    terminal.err(`${visible(JSON.stringify({ error, ...more }))}\n`)
    return
  }
  const columns = Math.min(terminal.columns, helpColumnsMax)
  const text = wrap(`sallyport: ${visibleLines(message)}`, columns, '  ').trimStart()
  terminal.err(`${text.replace('sallyport:', () => terminal.paintErr('red', 'sallyport:'))}\n`)
  if (remedy !== undefined) terminal.err(`${wrap(visibleLines(remedy), columns, '  ')}\n`)
}

/** The shell of this process: its streams, its clock, its signals. */
export function processShell(version: string): Shell {
  const { stdin, stdout, stderr, env } = process
  // `… | head` closes our output early: that is an end, not a fault.
  stdout.on('error', error => {
    if (codeOf(error) !== 'EPIPE') throw error
    process.exit(exitCodes.ok)
  })
  return {
    terminal: openTerminal({ stdin, stdout, stderr, env }),
    clock: systemClock,
    version,
    interruption: signalsOnce(),
    exit: exitCodes.ok,
  }
}

/** Listens for the first SIGINT, SIGTERM or SIGHUP once somebody asks; the second one kills, as everywhere. */
function signalsOnce(): () => AbortSignal {
  let controller: AbortController | undefined
  return () => {
    if (controller === undefined) {
      const mine = new AbortController()
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
        process.once(signal, () => mine.abort(new Error(`stopped by ${signal}`)))
      controller = mine
    }
    return controller.signal
  }
}
