/**
 * The operator's log: JSON lines on standard error, or one readable line each when that is a terminal. Whatever a
 * caller passes, tokens and authorization values do not come out: named members are replaced, and what looks like a
 * credential is taken out of every line.
 */
import { pino } from 'pino'
import type { Logger } from './log.ts'
import { showInvisible } from './wire/names.ts'

const secretMembers = ['authorization', 'token', 'credential', 'password', 'secret', 'cookie', 'tokenHash']
const credentials = /\b(?:sp|spa)_[A-Za-z0-9_-]{20,}|\b(Bearer|Basic)\s+[^\s"'\\,;]+/g

export interface LogOptions {
  /** Takes whole lines. */
  readonly write: (line: string) => void
  /** One readable line instead of JSON. */
  readonly isTerminal: boolean
  /** `debug`, `info`, `warn` or `error`. */
  readonly level?: string
}

/** Creates the log. */
export function createLogger(options: LogOptions): Logger {
  const put = (line: string) => options.write(withoutCredentials(options.isTerminal ? readable(line) : line))
  const log = pino(
    {
      level: options.level ?? 'info',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      redact: { paths: secretMembers.flatMap(name => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
      serializers: { err: pino.stdSerializers.errWithCause },
    },
    { write: put },
  )
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
  }
}

/** The log of this process. `SALLYPORT_LOG` names the lowest level that is written. */
export function processLogger(): Logger {
  const wanted = process.env['SALLYPORT_LOG'] ?? 'info'
  const level = ['debug', 'info', 'warn', 'error', 'silent'].includes(wanted) ? wanted : 'info'
  return createLogger({
    write: line => void process.stderr.write(line),
    isTerminal: process.stderr.isTTY === true,
    level,
  })
}

function withoutCredentials(line: string): string {
  return line.replace(credentials, (_, scheme: string | undefined) =>
    scheme === undefined ? '[redacted]' : `${scheme} [redacted]`,
  )
}

/** `14:03:07 warn  message  key=value`: nothing hidden in it, one line whatever the values hold. */
function readable(line: string): string {
  const { level, time, msg, err, ...fields } = JSON.parse(line) as Record<string, unknown>
  const parts = Object.entries(fields).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  const message = typeof err === 'object' && err !== null && 'message' in err ? [`error=${String(err.message)}`] : []
  const text = [String(time).slice(11, 19), String(level).padEnd(5), String(msg), ...parts, ...message].join(' ')
  return `${showInvisible(text)}\n`
}
