/**
 * Ledger records as lines for people. Columns keep their place from the first line to the last, because a followed
 * ledger scrolls by; a refusal has a second line with its reason, which is what the reader wants next.
 */
import type { LedgerRow } from './answers.ts'
import { cut, textWidth, visible, wrap } from './layout.ts'
import type { Terminal } from './terminal.ts'
import { ago, clockTime } from './times.ts'

interface Widths {
  readonly seq: number
  readonly time: number
  readonly who: number
  readonly what: number
  readonly verdict: number
  readonly outcome: number
  readonly took: number
}

const gaps = 6 * 2
const columnsUsedMax = 130

function widthsFor(columns: number): Widths {
  const fixed = { seq: 4, time: 8, verdict: 7, outcome: 9, took: 6 }
  const rest = Math.min(columns, columnsUsedMax) - gaps - Object.values(fixed).reduce((sum, width) => sum + width, 0)
  const who = Math.max(8, Math.floor(rest * 0.3))
  return { ...fixed, who, what: Math.max(12, rest - who) }
}

/** The head of the columns below. Ends in `\n`. */
export function ledgerHead({ columns, paint }: Terminal): string {
  const head = row(widthsFor(columns), ['SEQ', 'TIME', 'GRANT', 'SERVER / TOOL', 'VERDICT', 'OUTCOME', 'TOOK'])
  return `${paint('dim', head)}\n`
}

/** One record: one line, and the reason below where the answer was not yes. `exact` shows the time of day. */
export function ledgerLineText(record: LedgerRow, terminal: Terminal, nowMs: number, exact: boolean): string {
  const { columns, paint } = terminal
  const widths = widthsFor(columns)
  const timeMs = Date.parse(record.time)
  const what = record.tool ?? record.method ?? '-'
  const cells = [
    String(record.seq),
    exact ? clockTime(timeMs) : ago(timeMs, nowMs),
    visible(record.grant ?? '-'),
    visible(record.server == null ? what : `${record.server} / ${what}`),
    record.verdict,
    record.outcome ?? 'open',
    record.durationMs == null ? '' : tookText(record.durationMs),
  ]
  const text = row(widths, cells, (index, cell) => paintCell(terminal, record, index, cell))
  const reason =
    record.verdict === 'allow' && record.outcome !== 'unknown' ? '' : (record.message ?? record['note'] ?? '')
  const indent = ' '.repeat(widths.seq + widths.time + 4)
  return reason === ''
    ? `${text}\n`
    : `${text}\n${paint('dim', wrap(visible(String(reason)), Math.min(columns, columnsUsedMax), indent))}\n`
}

function tookText(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

function paintCell({ paint }: Terminal, record: LedgerRow, index: number, cell: string): string {
  const verdictStyle = record.verdict === 'allow' ? 'green' : record.verdict === 'deny' ? 'red' : 'yellow'
  if (index === 4) return paint(verdictStyle, cell)
  if (index === 5 && record.outcome === 'unknown') return paint('yellow', cell)
  return index === 1 || index === 6 ? paint('dim', cell) : cell
}

function row(
  widths: Widths,
  cells: readonly string[],
  look: (index: number, cell: string) => string = (_index, cell) => cell,
): string {
  const order = [widths.seq, widths.time, widths.who, widths.what, widths.verdict, widths.outcome, widths.took]
  const right = new Set([0, 6])
  return order
    .map((width, index) => {
      const text = cut(cells[index] ?? '', width)
      const padding = ' '.repeat(Math.max(0, width - textWidth(text)))
      return right.has(index) ? padding + look(index, text) : look(index, text) + padding
    })
    .join('  ')
    .trimEnd()
}
