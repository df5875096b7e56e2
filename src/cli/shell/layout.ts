/**
 * Text for people: aligned tables that fit the terminal, wrapped paragraphs, indented blocks. Every cell and every
 * word that came from a server is passed through `showInvisible` by `visible` first: nothing a server says can move
 * the cursor, hide a character or paint a line.
 */
import { showInvisible } from '../../wire/names.ts'
import type { Paint } from './terminal.ts'

export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
  /** May be cut (with `…`) down to this many columns when the table is too wide. */
  readonly shrinkTo?: number
}

/** A cell: its text, and how to paint it once it has been measured. */
export interface Cell {
  readonly text: string
  readonly style?: Parameters<Paint>[0]
}

const gap = '  '

/** Text of foreign origin for one line of a terminal: control and invisible characters escaped. */
export function visible(text: string): string {
  return showInvisible(text)
}

/** The same for text of several lines: its own line breaks stay, so callers indent every line of it. */
export function visibleLines(text: string): string {
  return text.split(/\r?\n/).map(showInvisible).join('\n')
}

/** Columns a text takes on a terminal: wide East Asian characters and emoji take two, combining marks none. */
export function textWidth(text: string): number {
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

function characterWidth(character: string): number {
  if (/^[\u0020-\u02ff]$/.test(character)) return 1
  if (/^[\p{Mn}\p{Me}\p{Cf}]$/u.test(character)) return 0
  return /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uff01-\uff60]$/u.test(
    character,
  )
    ? 2
    : 1
}

/** The text, cut to `columns` with `…` as its last character where something is missing. */
export function cut(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text
  let kept = ''
  let width = 0
  for (const character of text) {
    width += characterWidth(character)
    if (width > columns - 1) break
    kept += character
  }
  return `${kept}…`
}

/** A table whose lines end in `\n` and never pass `columnsMax` while some column may still shrink. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  look: { readonly columnsMax: number; readonly paint: Paint },
): string {
  const widths = columns.map((column, index) =>
    Math.max(textWidth(column.title), ...rows.map(row => textWidth(row[index]?.text ?? ''))),
  )
  shrink(columns, widths, look.columnsMax)
  const head = columns.map(column => ({ text: column.title, style: 'dim' as const }))
  return [head, ...rows].map(row => line(columns, widths, row, look.paint)).join('')
}

/** Takes from the widest column that may still give, one step at a time, until the line fits. */
function shrink(columns: readonly Column[], widths: number[], columnsMax: number): void {
  const room = columnsMax - gap.length * (columns.length - 1)
  const total = () => widths.reduce((sum, width) => sum + width, 0)
  while (total() > room) {
    let widest = -1
    for (const [index, column] of columns.entries()) {
      const width = widths[index] ?? 0
      if (column.shrinkTo === undefined || width <= column.shrinkTo) continue
      if (widest < 0 || width > (widths[widest] ?? 0)) widest = index
    }
    if (widest < 0) return
    widths[widest] = (widths[widest] ?? 0) - 1
  }
}

function line(columns: readonly Column[], widths: readonly number[], row: readonly Cell[], paint: Paint): string {
  const cells = columns.map((column, index) => {
    const cell = row[index] ?? { text: '' }
    const width = widths[index] ?? 0
    const text = cut(cell.text, width)
    const padding = ' '.repeat(Math.max(0, width - textWidth(text)))
    const painted = cell.style === undefined || text === '' ? text : paint(cell.style, text)
    if (column.align === 'right') return padding + painted
    return index === columns.length - 1 ? painted : painted + padding
  })
  return `${cells.join(gap).trimEnd()}\n`
}

/**
 * Words of `text` in lines of at most `columns`, each line starting with `indent`. Its own line breaks are kept, and a
 * line of it that is indented goes on with that indentation.
 */
export function wrap(text: string, columns: number, indent = ''): string {
  return text
    .split('\n')
    .map(paragraph => {
      const own = /^ */.exec(paragraph)?.[0] ?? ''
      return wrapParagraph(paragraph.slice(own.length), columns, indent + own)
    })
    .join('\n')
}

function wrapParagraph(text: string, columns: number, indent: string): string {
  const room = Math.max(20, columns - textWidth(indent))
  const lines: string[] = []
  let current: string | undefined
  for (const word of text.split(' ')) {
    const longer: string = current === undefined ? word : `${current} ${word}`
    if (current !== undefined && textWidth(longer) > room) {
      lines.push(current)
      current = word
    } else current = longer
  }
  lines.push(current ?? '')
  return lines.map(one => (one === '' ? '' : indent + one)).join('\n')
}

/** Aligned `label  value` lines, values wrapped under themselves. Lines end in `\n`. */
export function facts(pairs: readonly (readonly [string, string])[], columns: number, paint: Paint): string {
  const width = Math.max(...pairs.map(([label]) => textWidth(label)))
  return pairs
    .map(([label, value]) => {
      const indent = ' '.repeat(width + gap.length)
      const wrapped = wrap(value, columns, indent).slice(indent.length)
      return `${paint('dim', label)}${' '.repeat(width - textWidth(label) + gap.length)}${wrapped}\n`
    })
    .join('')
}

/** `1 tool`, `2 tools`. */
export function count(quantity: number, noun: string): string {
  return `${quantity} ${noun}${quantity === 1 ? '' : 's'}`
}
