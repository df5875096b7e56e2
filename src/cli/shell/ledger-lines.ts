/**
 * Ledger records as lines for people. Columns keep their place from the first line to the last, because a followed
 * ledger scrolls by; a refusal has a second line with its reason, which is what the reader wants next.
 */
import type { LedgerRow } from './answers.ts'
import { cut, textWidth, visible, wrap } from './layout.ts'
import type { Paint, Terminal } from './terminal.ts'
import { ago, clockTime } from './times.ts'

interface Field {
  readonly title: string
  readonly width: number
  readonly text: (record: LedgerRow) => string
  readonly style?: (record: LedgerRow) => Parameters<Paint>[0] | undefined
  readonly right?: boolean
}

const gap = '  '
const columnsUsedMax = 120
const grantColumnsMax = 16
/** Below this the time a call took gives way to the name of its tool. */
const columnsForDuration = 100

function fieldsFor(columns: number, time: (timeMs: number) => string): readonly Field[] {
  const what = (record: LedgerRow) => record.tool ?? record.method ?? '-'
  const place = (record: LedgerRow) => (record.server == null ? what(record) : `${record.server} / ${what(record)}`)
  const took: Field = { title: 'TOOK', width: 6, text: tookText, style: () => 'dim', right: true }
  const fields: readonly Field[] = [
    { title: 'SEQ', width: 4, text: record => String(record.seq), right: true },
    { title: 'TIME', width: 8, text: record => time(Date.parse(record.time)), style: () => 'dim' },
    { title: 'GRANT', width: 0, text: record => record.grant ?? '-' },
    { title: 'SERVER / TOOL', width: 0, text: place },
    { title: 'VERDICT', width: 7, text: record => record.verdict, style: verdictStyle },
    { title: 'OUTCOME', width: 9, text: record => record.outcome ?? 'open', style: outcomeStyle },
    ...(columns < columnsForDuration ? [] : [took]),
  ]
  const used = fields.reduce((sum, field) => sum + field.width, gap.length * (fields.length - 1))
  const rest = Math.min(columns, columnsUsedMax) - used
  const grantWidth = Math.min(grantColumnsMax, Math.max(8, Math.floor(rest * 0.28)))
  const widths: Readonly<Record<string, number>> = {
    GRANT: grantWidth,
    'SERVER / TOOL': Math.max(12, rest - grantWidth),
  }
  return fields.map(field => ({ ...field, width: widths[field.title] ?? field.width }))
}

function verdictStyle({ verdict }: LedgerRow): Parameters<Paint>[0] {
  return verdict === 'allow' ? 'green' : verdict === 'deny' ? 'red' : 'yellow'
}

function outcomeStyle({ outcome }: LedgerRow): Parameters<Paint>[0] | undefined {
  return outcome === 'unknown' ? 'yellow' : undefined
}

/** The head of the columns below. Ends in `\n`. */
export function ledgerHead({ columns, paint }: Terminal): string {
  const fields = fieldsFor(columns, String)
  return `${paint(
    'dim',
    line(fields, field => [field.title, undefined], paint),
  )}\n`
}

/** One record: one line, and the reason below where the answer was not yes. `exact` shows the time of day. */
export function ledgerLineText(record: LedgerRow, terminal: Terminal, nowMs: number, exact: boolean): string {
  const { columns, paint } = terminal
  const fields = fieldsFor(columns, timeMs => (exact ? clockTime(timeMs) : ago(timeMs, nowMs)))
  const text = line(fields, field => [visible(field.text(record)), field.style?.(record)], paint)
  const silent = record.verdict === 'allow' && record.outcome !== 'unknown'
  const reason = silent ? undefined : (record.message ?? record['note'])
  if (typeof reason !== 'string' || reason === '') return `${text}\n`
  const indent = ' '.repeat(4 + 8 + 2 * gap.length)
  return `${text}\n${paint('dim', wrap(visible(reason), Math.min(columns, columnsUsedMax), indent))}\n`
}

function tookText({ durationMs }: LedgerRow): string {
  if (durationMs == null) return ''
  return durationMs < 1000 ? `${Math.round(durationMs)} ms` : `${(durationMs / 1000).toFixed(1)} s`
}

function line(
  fields: readonly Field[],
  cell: (field: Field) => readonly [string, Parameters<Paint>[0] | undefined],
  paint: Paint,
): string {
  const cells = fields.map(field => {
    const [whole, style] = cell(field)
    const text = cut(whole, field.width)
    const padding = ' '.repeat(Math.max(0, field.width - textWidth(text)))
    const painted = style === undefined ? text : paint(style, text)
    return field.right === true ? padding + painted : painted + padding
  })
  return cells.join(gap).trimEnd()
}
