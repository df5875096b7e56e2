/**
 * How a command ends. Four exit codes and no others; a command that cannot do what was asked throws a `Stop`, which
 * names what happened and what to do next, and which `runCli` prints once: as text, or as JSON under `--json`.
 */
import { type ErrorCode, errorEntry, type Refusal, refuse } from '../../errors.ts'

/** Exit codes of every command: done; a finding or a refusal; not understood; the gateway cannot be reached. */
export const exitCodes = { ok: 0, finding: 1, usage: 2, unreachable: 3 } as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** The end of a command that did not do what was asked. `code` is from the error catalogue, ours or the gateway's. */
export class Stop extends Error {
  readonly exit: ExitCode
  readonly code: string
  readonly remedy: string | undefined
  /** What programs are told beside the error. */
  readonly more: Readonly<Record<string, unknown>>
  constructor(
    exit: ExitCode,
    code: string,
    message: string,
    remedy?: string,
    more: Readonly<Record<string, unknown>> = {},
  ) {
    super(message)
    this.name = 'Stop'
    this.exit = exit
    this.code = code
    this.remedy = remedy
    this.more = more
  }
}

const exitOf: Partial<Record<ErrorCode, ExitCode>> = {
  ERR_CLI_USAGE: exitCodes.usage,
  ERR_CLI_FILE: exitCodes.usage,
  ERR_CLI_NO_TOKEN: exitCodes.usage,
  ERR_CLI_UNREACHABLE: exitCodes.unreachable,
  ERR_CLI_NO_RECORD: exitCodes.unreachable,
}

/** A `Stop` that says what a refusal says. */
export function stopWith({ code, message }: Refusal): Stop {
  return new Stop(exitOf[code] ?? exitCodes.finding, code, message, errorEntry(code).remedy)
}

/** A `Stop` with the text of the catalogue; `remedy` replaces the catalogue's where the place knows better. */
export function stop(code: ErrorCode, details: Record<string, string | number> = {}, remedy?: string): Stop {
  const { message } = refuse(code, details)
  return new Stop(exitOf[code] ?? exitCodes.finding, code, message, remedy ?? errorEntry(code).remedy)
}
