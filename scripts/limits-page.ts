/** The page of limits, made from `src/limits.ts`: each number with its unit and the reason in its comment. */
import { limits } from '../src/limits.ts'
import { cell, sectionsOf } from './page-sources.ts'

export const limitsPagePath = 'docs/reference/limits.md'

const binaryUnits: readonly (readonly [string, number])[] = [
  ['GiB', 1024 ** 3],
  ['MiB', 1024 ** 2],
  ['KiB', 1024],
]
const timeUnits: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
]

/** Renders the whole page. `source` is the text of `src/limits.ts`. */
export function renderLimitsPage(source: string): string {
  const parts = [
    '# Limits',
    '',
    'Every number the gateway holds itself and others to. They are on by default and have no switch; the few that can be',
    'set say so.',
    '',
    'Made from `src/limits.ts` by `npm run docs:limits`.',
    '',
  ]
  for (const section of sectionsOf(source, 'export const limits = {')) {
    parts.push(`## ${section.name}`, '', '| limit | value | unit | reason |', '|---|---|---|---|')
    for (const member of section.members) {
      const value: unknown = Reflect.get(limits, member.name)
      parts.push(
        `| \`${member.name}\` | ${shown(member.name, value)} | ${unitOf(member.name)} | ${cell(member.comment)} |`,
      )
    }
    parts.push('')
  }
  return `${parts.join('\n').trimEnd()}\n`
}

/** The unit that ends the name of a limit (before `Max`/`Min`), or `count`. */
export function unitOf(name: string): string {
  const stem = name.replace(/(?:Max|Min)$/, '')
  if (stem.endsWith('Bytes')) return 'bytes'
  if (stem.endsWith('Ms')) return 'ms'
  if (stem.endsWith('Depth')) return 'levels'
  if (stem.endsWith('Chars')) return 'characters'
  if (stem.endsWith('Lines')) return 'lines'
  if (stem.endsWith('Ratio') || stem.endsWith('Factor')) return 'ratio'
  return 'count'
}

function shown(name: string, value: unknown): string {
  if (typeof value !== 'number') return Array.isArray(value) ? value.join(', ') : cell(String(value))
  const units = unitOf(name) === 'bytes' ? binaryUnits : unitOf(name) === 'ms' ? timeUnits : []
  const plain = value.toLocaleString('en-US')
  for (const [unit, size] of units) {
    if (value >= size && value % size === 0) return `${plain} (${value / size} ${unit})`
  }
  return plain
}
