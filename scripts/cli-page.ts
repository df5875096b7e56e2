/** The page of commands, made from what every command says under `--help`. */
import { buildProgram } from '../src/cli/program.ts'
import { exitCodes } from '../src/cli/shell/exits.ts'
import type { Shell } from '../src/cli/shell/shell.ts'
import { openTerminal } from '../src/cli/shell/terminal.ts'
import { systemClock } from '../src/clock.ts'

export const cliPagePath = 'docs/reference/cli.md'

/** A command by its path, and the text of its help at 80 columns without colours. */
export interface CommandHelp {
  readonly path: string
  readonly help: string
}

/** The help of every command, the program itself first, groups before their members. */
export async function readHelp(): Promise<readonly CommandHelp[]> {
  const { stdin, stdout, stderr } = process
  const terminal = { ...openTerminal({ stdin, stdout, stderr, env: { NO_COLOR: '1' } }), columns: 80 }
  const shell: Shell = {
    terminal,
    clock: systemClock,
    version: '0.0.0',
    interruption: () => new AbortController().signal,
    exit: exitCodes.ok,
  }
  return helpOf(await buildProgram(shell), '')
}

type Program = Awaited<ReturnType<typeof buildProgram>>

function helpOf(command: Program, parent: string): CommandHelp[] {
  const path = `${parent} ${command.name()}`.trim()
  let help = ''
  const { writeOut } = command.configureOutput()
  command.configureOutput({
    writeOut: text => {
      help += text
    },
  })
  command.outputHelp()
  if (writeOut !== undefined) command.configureOutput({ writeOut })
  return [{ path, help: help.trimEnd() }, ...command.commands.flatMap(member => helpOf(member, path))]
}

/** Renders the whole page. */
export function renderCliPage(commands: readonly CommandHelp[]): string {
  const parts = [
    '# Commands',
    '',
    'Everything `sallyport` can be told, as `--help` says it. In a checkout: `npm run -s sallyport -- …`.',
    '',
    'A command that talks to the gateway finds it by `--url`, by `SALLYPORT_URL`, or by the record the running gateway keeps',
    'in its data folder, and authenticates with the admin credential of that record. With `--json` the answer is JSON on',
    'standard output (`ledger tail` and `demo`: one object a line) and a failure is one JSON object on standard error.',
    'Colours appear on a terminal only, and never when `NO_COLOR` is set. Text that comes from servers is shown with control',
    'and invisible characters escaped.',
    '',
    '| Exit code | Meaning |',
    '|---|---|',
    '| 0 | done, nothing found |',
    '| 1 | a finding, or the gateway refused |',
    '| 2 | the command line or a file named on it was not understood |',
    '| 3 | the gateway cannot be reached |',
    '',
    'Made from `src/cli/` by `npm run docs:cli`.',
    '',
  ]
  for (const { path, help } of commands) parts.push(`## ${path}`, '', '```text', help, '```', '')
  return `${parts.join('\n').trimEnd()}\n`
}
