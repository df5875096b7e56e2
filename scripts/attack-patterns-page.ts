/**
 * The page of attack patterns, made from `data/attacks/`: what is known to go wrong, where it did, what stops it and
 * what does not. The steps, the policies and the replays are in the files, and in `sallyport catalogue attacks ID`.
 */
import { type Attack, attackClasses, type Stopper } from '../src/catalogue/attacks/model.ts'
import { classWords, concernWords, owaspWords, statusWords } from '../src/catalogue/attacks/words.ts'
import { cell } from './page-sources.ts'

export const attackPatternsPagePath = 'docs/reference/attack-patterns.md'

const columns = 120
const stopWords: Readonly<Record<Stopper, string>> = { policy: 'policy', gateway: 'gateway', neither: 'bounded only' }

/** Renders the whole page. */
export function renderAttackPatternsPage(attacks: readonly Attack[]): string {
  const parts = [...introduction(attacks)]
  for (const name of attackClasses) {
    const own = attacks.filter(each => each.class === name)
    parts.push(
      `## ${classWords[name]}`,
      '',
      '| attack | severity | status | stopped by | concerns |',
      '|---|---|---|---|---|',
    )
    for (const { id, name: title, severity, status, prevention, affects } of own) {
      const concerns = cell(concernWords(affects).replaceAll(/\b[a-z]+_[a-z]+\b/g, flag => `\`${flag}\``))
      parts.push(
        `| [${title}](#${anchorOf(title)}) \`${id}\` | ${severity} | ${status} | ${stopWords[prevention.by]} | ${concerns} |`,
      )
    }
    parts.push('')
    for (const attack of own) parts.push(...entryOf(attack))
  }
  return `${parts.join('\n').trimEnd()}\n`
}

function introduction(attacks: readonly Attack[]): readonly string[] {
  const countOf = (by: Stopper) => attacks.filter(({ prevention }) => prevention.by === by).length
  const text = [
    `What is known to go wrong between agents and MCP servers: ${attacks.length} patterns, each with a public case or the`,
    'words that none is known, a policy, and a replay in which the attack fails against that policy and honest work goes',
    'on. The replays run in every test run, with the engine and through a running gateway; with a policy that allows',
    'everything the same attacks succeed.',
  ]
  const whole =
    '`sallyport catalogue attacks ID` shows an entry whole, with its steps and its policy; `--policy` prints the policy alone.'
  const stopped =
    `Of ${attacks.length} patterns ${countOf('policy')} are stopped by a policy, ${countOf('gateway')} by the gateway before ` +
    `any rule, and ${countOf('neither')} by neither: there the policy bounds the damage. What a policy leaves open is said ` +
    'with each.'
  const made =
    'Made from `data/attacks/` by `npm run docs:attack-patterns`. To add one: a file there in the form of ' +
    '`schemas/attack.schema.json`, its id in `src/catalogue/attacks/ids.ts` and, if it concerns tools by category or ' +
    'flags, its row in `src/catalogue/classify/attack-table.ts`.'
  return [
    ...['# Attack patterns', '', wrapped(text.join(' ')), '', wrapped(whole), '', wrapped(stopped), ''],
    ...['| status | meaning |', '|---|---|'],
    ...Object.values(statusWords).map(words => `| ${words.replace(': ', ' | ')} |`),
    ...[
      '',
      'LLM01–LLM10 is the OWASP Top 10 for LLM applications (2025), ASI01–ASI10 the one for agentic applications (2026),',
    ],
    ...['MCP01–MCP10 the OWASP MCP Top 10 (2025 beta).', ''],
    ...['Adversarial test cases of the gateway itself are on [another page](attacks.md).', ''],
    ...[wrapped(made), ''],
  ]
}

function entryOf({ id, name, summary, prevention, owasp, ...rest }: Attack): readonly string[] {
  const { text, date, records, sources } = rest.case
  const further = records.filter(record => !text.includes(record))
  const named = sources.map(({ title, url }) => (url === undefined ? title : `[${title}](${url})`))
  const where = [...further, ...named].join(' · ')
  const besides = prevention.beyond.map(({ measure, test }) =>
    wrapped(`- ${measure}${test === undefined ? '' : ` Held by \`${test.replaceAll('`', '')}\`.`}`, '  '),
  )
  return [
    ...[`### ${name}`, '', wrapped(`\`${id}\` · ${owaspWords(owasp)}`), '', wrapped(summary), ''],
    ...[wrapped(`**Case${date === undefined ? '' : `, ${date}`}.** ${text}`), ''],
    ...(where === '' ? [] : [where, '']),
    ...[
      wrapped(`**The policy stops:** ${prevention.stops}`),
      '',
      wrapped(`**It leaves open:** ${prevention.leaves}`),
      '',
    ],
    ...(besides.length === 0 ? [] : ['**The gateway besides:**', '', ...besides, '']),
  ]
}

/** The anchor that a heading gets. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} -]/gu, '')
    .replaceAll(' ', '-')
}

/** Words in lines of the page's width. */
function wrapped(text: string, indent = ''): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + word.length + 1 > columns) {
      lines.push(line)
      line = indent + word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].join('\n')
}
