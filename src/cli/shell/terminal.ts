/**
 * The person's terminal, as the commands see it: where text goes, how wide it is, whether it may be coloured, and
 * how to ask. Colours only on a terminal that wants them (NO_COLOR is honoured); questions only where a person can
 * answer. Injected, so that every command runs in a test without a terminal.
 */
import { createInterface } from 'node:readline/promises'
import type { Readable, Writable } from 'node:stream'
import { styleText } from 'node:util'

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/** Paints text, or leaves it alone where colours are not wanted. */
export type Paint = (style: Style, text: string) => string

export interface Terminal {
  /** Writes to standard output, as given: callers end their lines themselves. */
  out(text: string): void
  /** Writes to standard error. */
  err(text: string): void
  /** Columns of a line on standard output. */
  readonly columns: number
  readonly paint: Paint
  readonly paintErr: Paint
  /** Whether a person can be asked. */
  readonly interactive: boolean
  /** One line from the person, trimmed; `undefined` when the input ends first. Rejects when `signal` aborts. */
  ask(question: string, signal?: AbortSignal): Promise<string | undefined>
  readonly env: Readonly<Record<string, string | undefined>>
  /** The raw streams, for what is not text for a person: exports and the bridge. */
  readonly stdin: Readable
  readonly stdout: Writable
}

const columnsDefault = 80
const columnsMin = 40

interface Streams {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  readonly stderr: Writable & { readonly isTTY?: boolean }
  readonly env: Readonly<Record<string, string | undefined>>
}

/** The terminal of these streams. A pipe counts as 80 columns unless COLUMNS says otherwise. */
export function openTerminal(streams: Streams): Terminal {
  const { stdin, stdout, stderr, env } = streams
  const interactive = stdin.isTTY === true && stderr.isTTY === true
  return {
    out: text => void stdout.write(text),
    err: text => void stderr.write(text),
    get columns() {
      const asked = Number(env['COLUMNS'])
      const width = stdout.isTTY ? stdout.columns : Number.isInteger(asked) && asked > 0 ? asked : undefined
      return Math.max(columnsMin, width ?? columnsDefault)
    },
    paint: painter(wantsColour(stdout, env)),
    paintErr: painter(wantsColour(stderr, env)),
    interactive,
    ask: (question, signal) => askLine({ stdin, stderr }, question, signal),
    env,
    stdin,
    stdout,
  }
}

/** https://no-color.org: any non-empty NO_COLOR turns colours off; a terminal called `dumb` has none. */
function wantsColour(stream: { readonly isTTY?: boolean }, env: Streams['env']): boolean {
  return stream.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'
}

/** A painter that really paints, or one that leaves text as it is. */
export function painter(wanted: boolean): Paint {
  return wanted ? (style, text) => styleText(style, text, { validateStream: false }) : (_style, text) => text
}

async function askLine(
  { stdin, stderr }: Pick<Streams, 'stdin' | 'stderr'>,
  question: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const lines = createInterface({ input: stdin, output: stderr, terminal: false })
  try {
    const closed = new Promise<undefined>(resolve => lines.once('close', () => resolve(undefined)))
    const answer = await Promise.race([
      signal === undefined ? lines.question(question) : lines.question(question, { signal }),
      closed,
    ])
    return answer?.trim()
  } finally {
    lines.close()
  }
}
