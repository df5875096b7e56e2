/**
 * `sallyport catalogue attacks`: the attack database, offline. Without an id a list by class; with one the whole entry,
 * readable at 80 columns, with the policy to copy; with `--policy` nothing but that policy.
 */
import type { Command } from 'commander'
import { attackIds, isAttackId } from '../catalogue/attacks/ids.ts'
import {
  type Attack,
  type AttackClass,
  attackClasses,
  type Stopper,
  type TrialStep,
} from '../catalogue/attacks/model.ts'
import { classWords, concernWords, owaspWords, statusWords } from '../catalogue/attacks/words.ts'
import { nearest } from '../policy/problem.ts'
import { stop } from './shell/exits.ts'
import { type Column, count, facts, table, wrap } from './shell/layout.ts'
import { command, printJson, type Shell } from './shell/shell.ts'
import type { Terminal } from './shell/terminal.ts'

interface AttacksOptions {
  readonly json?: boolean
  readonly class?: string
  readonly policy?: boolean
}

/** `catalogue attacks [id]`. */
export function catalogueAttacksCommand(shell: Shell): Command {
  return command('attacks', 'known attacks, and the policy against each', [
    'sallyport catalogue attacks',
    'sallyport catalogue attacks --class data',
    'sallyport catalogue attacks tool-poisoning',
    'sallyport catalogue attacks wallet-drain --policy > policies/payments.yaml',
  ])
    .argument('[id]', 'one attack, whole')
    .option('--class <class>', `only ${attackClasses.join(', ')}`)
    .option('--policy', 'print the policy of that attack and nothing else')
    .action((id: string | undefined, options: AttacksOptions) => showAttacks(shell, id, options))
}

async function showAttacks(shell: Shell, id: string | undefined, options: AttacksOptions): Promise<void> {
  // the reader of the files is loaded here: other commands start without it
  const database = await import('../catalogue/attacks/database.ts')
  if (id === undefined) {
    if (options.policy) throw stop('ERR_CLI_USAGE', { reason: '`--policy` needs the id of an attack' }, listHint)
    const kind = classOf(options.class)
    const chosen = database.allAttacks().filter(each => kind === undefined || each.class === kind)
    answer(shell, options, { attacks: chosen.map(briefJson) }, () => showList(chosen, shell.terminal))
    return
  }
  if (!isAttackId(id)) throw stop('ERR_CLI_USAGE', { reason: `there is no attack \`${id}\`` }, hint(id, attackIds))
  if (options.class !== undefined)
    throw stop('ERR_CLI_USAGE', { reason: '`--class` chooses from the list' }, 'leave it out, or leave out the id')
  const attack = database.attackOf(id)
  const { policy } = attack.prevention
  if (options.policy) answer(shell, options, { id, policy }, () => policy)
  else answer(shell, options, attack, () => showAttack(attack, shell.terminal))
}

function answer(shell: Shell, { json }: AttacksOptions, value: unknown, text: () => string): void {
  if (json) printJson(shell, value)
  else shell.terminal.out(text())
}

const listHint = 'see `sallyport catalogue attacks`'

function hint(given: string, known: readonly string[]): string {
  const near = nearest(given, known)
  return near === undefined ? listHint : `did you mean ${near}?`
}

function classOf(given: string | undefined): AttackClass | undefined {
  if (given === undefined) return undefined
  const known = attackClasses.find(each => each === given)
  if (known !== undefined) return known
  const near = nearest(given, attackClasses)
  const remedy = near === undefined ? `the classes are ${attackClasses.join(', ')}` : `did you mean ${near}?`
  throw stop('ERR_CLI_USAGE', { reason: `\`${given}\` is no class of attacks` }, remedy)
}

function briefJson({ id, name, class: kind, status, severity, affects, owasp, prevention }: Attack) {
  return { id, name, class: kind, status, severity, affects, owasp, by: prevention.by }
}

const columns: readonly Column[] = [
  { title: 'ATTACK' },
  { title: 'SEVERITY' },
  { title: 'STOP' },
  { title: 'WHAT IT IS', shrinkTo: 16 },
]

/** Tables by class, all with the same widths. */
function showList(chosen: readonly Attack[], { columns: columnsMax, paint }: Terminal): string {
  const rows = chosen.map(({ id, name, severity, prevention }) => [
    { text: id, style: 'bold' as const },
    { text: severity, ...(severity === 'critical' ? { style: 'red' as const } : {}) },
    { text: stopWords[prevention.by] },
    { text: name },
  ])
  const [head = '', ...lines] = table(columns, rows, { columnsMax, paint }).split('\n')
  const parts = attackClasses.flatMap(name => {
    const own = lines.filter((_, index) => chosen[index]?.class === name)
    return own.length === 0 ? [] : [`\n${paint('cyan', classWords[name])}\n${own.join('\n')}\n`]
  })
  const end = `\n${count(chosen.length, 'attack')}. One of them, with its policy: sallyport catalogue attacks ID\n`
  return `${head}\n${parts.join('')}${end}`
}

function showAttack(attack: Attack, { columns: columnsMax, paint }: Terminal): string {
  const { id, name, summary, steps, prevention, trial } = attack
  const heading = (text: string) => `\n${paint('bold', text)}\n`
  const paragraph = (text: string) => `${wrap(text, columnsMax, '  ')}\n`
  const item = (mark: string, text: string) =>
    `  ${mark}${wrap(text, columnsMax, ' '.repeat(mark.length + 2)).trimStart()}\n`
  const { sources, records, text, date } = attack.case
  const further = records.filter(record => !text.includes(record))
  return [
    `${paint('bold', name)}\n\n`,
    facts(
      [
        ['id', id],
        ['class', classWords[attack.class]],
        ['status', statusWords[attack.status]],
        ['severity', attack.severity],
        ['concerns', concernWords(attack.affects)],
        ['OWASP', owaspWords(attack.owasp)],
      ],
      columnsMax,
      paint,
    ),
    `\n${wrap(summary, columnsMax)}\n`,
    heading('How it works'),
    ...steps.map((step, index) => item(`${index + 1}. `, step)),
    heading(date === undefined ? 'Public case' : `Public case, ${date}`),
    paragraph(text),
    ...(further.length === 0 ? [] : [paragraph(further.join(', '))]),
    // an address is never broken: it would no longer lead anywhere
    ...sources.map(({ title, url }) => item('- ', title) + (url === undefined ? '' : `    ${url}\n`)),
    heading(stopHeadings[prevention.by]),
    paragraph(prevention.stops),
    heading('What it leaves open'),
    paragraph(prevention.leaves),
    ...(prevention.beyond.length === 0 ? [] : [heading('What the gateway does besides')]),
    ...prevention.beyond.map(({ measure }) => item('- ', measure)),
    heading('Tried in every test run'),
    ...trial.steps.map(step => item('', stepWords(step))),
    heading('Policy'),
    `\n${prevention.policy}`,
  ].join('')
}

const stopWords: Readonly<Record<Stopper, string>> = { policy: 'policy', gateway: 'gateway', neither: 'bounded' }
const stopHeadings: Readonly<Record<Stopper, string>> = {
  policy: 'What the policy stops',
  gateway: 'What the policy stops; the attack itself is stopped by the gateway',
  neither: 'What the policy stops; the attack itself is only bounded',
}

const outcomeWords: Readonly<Record<string, string>> = {
  allow: 'passes',
  ask: 'waits',
  deny: 'denied',
  limit: 'limited',
  refused: 'refused',
  withheld: 'withheld',
}

function stepWords(step: TrialStep): string {
  const kind = step.kind === 'change' ? 'change' : step.kind
  const outcome = step.kind === 'change' ? '' : 'tool' in step ? (outcomeWords[step.expect] ?? '') : 'refused'
  return `${kind.padEnd(7)} ${outcome.padEnd(8)} ${step.title}`
}
