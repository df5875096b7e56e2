/** docs/reference/scan.md: the table of rules stands between two marks and is made from `catalogue/report/rules.ts`. */
import { type Rule, ruleIds, rules } from '../src/catalogue/report/rules.ts'
import { cell } from './page-sources.ts'

export const scanPagePath = 'docs/reference/scan.md'
const start = '<!-- rules: made by `npm run docs:scan` -->'
const end = '<!-- end of rules -->'

/** The page with its table made anew; throws when the marks are not there. */
export function renderScanPage(page: string): string {
  const [before, rest] = [page.indexOf(start), page.indexOf(end)]
  if (before < 0 || rest < before) throw new Error(`${scanPagePath} has lost its marks`)
  return `${page.slice(0, before + start.length)}\n\n${tables()}\n\n${page.slice(rest)}`
}

function tables(): string {
  const of = (about: Rule['about']) => ruleIds.filter(id => rules[id].about === about)
  return `### In a configuration\n\n${table(of('configuration'))}\n\n### In what a server says\n\n${table(of('definition'))}`
}

function table(ids: readonly (typeof ruleIds)[number][]): string {
  const rows = ids.map(id => {
    const { severity, title, help, remedy, attack }: Rule = rules[id]
    const why = `${title[0]?.toUpperCase()}${title.slice(1)}. ${help}`
    return `| \`${id}\` | ${severity} | ${cell(why)} | ${cell(remedy)} | ${attack === undefined ? '' : `\`${attack}\``} |`
  })
  return ['| rule | severity | what and why | what to do | attack |', '|---|---|---|---|---|', ...rows].join('\n')
}
