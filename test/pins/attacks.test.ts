/**
 * The attack database keeps its word: every entry has its file, its facts have sources, its policy loads without a
 * warning, and its replay shows the attack stopped and the work going on. With a policy that allows everything the same
 * replay shows the attack succeed.
 */
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { attackPatternsPagePath, renderAttackPatternsPage } from '../../scripts/attack-patterns-page.ts'
import { allAttacks, attackOf, attacksFor } from '../../src/catalogue/attacks/database.ts'
import { attackIds } from '../../src/catalogue/attacks/ids.ts'
import {
  affectedCategories,
  affectedFlags,
  attackClasses,
  type CallStep,
  type TrialStep,
} from '../../src/catalogue/attacks/model.ts'
import { attackIdsFor } from '../../src/catalogue/classify/attack-table.ts'
import { loadPolicy } from '../../src/policy/load.ts'
import { carryOut, loadPrevention } from '../fixtures/attack-trial.ts'

const all = allAttacks()
const isCall = (step: TrialStep): step is CallStep => 'tool' in step
const isStop = (step: CallStep) => step.kind === 'attack' && ['ask', 'deny', 'limit', 'withheld'].includes(step.expect)
const open = loadPolicy('open', '{"version":"1","default":"allow"}')

test('there is a file for every id, and an id for every file', () => {
  const files = globSync('data/attacks/*').map(path => path.replaceAll('\\', '/').replace('data/attacks/', ''))
  expect(files.sort()).toEqual(attackIds.map(id => `${id}.yaml`).sort())
  expect(all.map(({ id }) => id)).toEqual([...attackIds])
})

test('every class has at least three entries, and the whole at least 34', () => {
  expect(all.length).toBeGreaterThanOrEqual(34)
  for (const name of attackClasses)
    expect(all.filter(each => each.class === name).length, name).toBeGreaterThanOrEqual(3)
})

test('at least 30 entries are stopped by policy', () => {
  const stopped = all.filter(
    ({ prevention, trial }) => prevention.by === 'policy' && trial.steps.some(each => isCall(each) && isStop(each)),
  )
  expect(stopped.length).toBeGreaterThanOrEqual(30)
})

describe.each(all.map(attack => [attack.id, attack] as const))('%s', (_id, attack) => {
  const loaded = loadPrevention(attack)

  test('its policy loads against its tools without an error or a warning, and fits 80 columns', () => {
    expect(loaded.problems).toEqual([])
    expect(loaded.ok).toBe(true)
    for (const line of attack.prevention.policy.split('\n')) expect(line.length, line).toBeLessThanOrEqual(78)
    expect(attack.prevention.policy, 'says why').toContain('# ')
  })

  test('every call of its replay ends as it says', () => {
    if (!loaded.ok) return
    for (const [step, { outcome, rule, answer, passedBefore }] of carryOut(attack, loaded.policy)) {
      if (step.expect === 'refused') continue
      expect([step.title, outcome, passedBefore]).toEqual([step.title, step.expect, true])
      if (step.rule !== undefined) expect([step.title, rule]).toEqual([step.title, step.rule])
      if (isStop(step)) expect(step.rule, `${step.title} names its rule`).toBeDefined()
      for (const hidden of step.hides) expect(answer, step.title).not.toContain(hidden)
      for (const shown of step.shows) expect(answer, step.title).toContain(shown)
    }
  })

  test('its replay has work that passes, and an attack that is stopped', () => {
    const calls = attack.trial.steps.filter(isCall)
    expect(calls.some(({ kind, expect: wanted }) => kind === 'work' && wanted === 'allow')).toBe(true)
    const stops = attack.trial.steps.filter(
      each => each.kind === 'attack' && (!isCall(each) || each.expect !== 'allow'),
    )
    expect(stops.length).toBeGreaterThan(0)
    if (attack.prevention.by === 'policy') expect(calls.some(isStop)).toBe(true)
  })

  test('with a policy that allows everything every call of the attack passes', () => {
    if (!open.ok) throw new Error('the open policy does not load')
    for (const [step, { outcome, answer }] of carryOut(attack, open.policy)) {
      expect([step.title, outcome]).toEqual([step.title, 'allow'])
      for (const hidden of step.hides) expect(answer, step.title).toContain(hidden)
    }
  })

  test('its case has sources, or says that none is known', () => {
    const { text, date, records, sources } = attack.case
    if (attack.status === 'theoretical') {
      expect(date).toBeUndefined()
      expect(text).toMatch(/\bNo\b|\bno\b/)
    } else expect(sources.length + records.length).toBeGreaterThan(0)
    for (const { url } of sources) if (url !== undefined) expect(URL.canParse(url), url).toBe(true)
    for (const record of records)
      expect(record).toMatch(/^(?:CVE-\d{4}-\d{4,}|GHSA(?:-[a-z0-9]{4}){3}|GO-\d{4}-\d{4})$/)
  })

  test('its summary has two to four sentences', () => {
    const sentences = attack.summary.split(/(?<=[.?!])\s+(?=[A-Z`‘“])/)
    expect(sentences.length, attack.summary).toBeGreaterThanOrEqual(2)
    expect(sentences.length, attack.summary).toBeLessThanOrEqual(4)
  })
})

test('what the gateway does beside the policy is held by tests of those titles', () => {
  const sources = [...globSync('test/**/*.test.ts'), ...globSync('src/**/*.test.ts')]
  const text = sources
    .filter(path => !path.includes('pins/attack'))
    .map(path => readFileSync(path, 'utf8'))
    .join('\n')
  const missing = all.flatMap(({ id, prevention }) =>
    prevention.beyond.flatMap(({ test: title }) => {
      const isThere = title === undefined || text.includes(title) || text.includes(title.replaceAll("'", "\\'"))
      return isThere ? [] : [`${id}: ${title}`]
    }),
  )
  expect(missing).toEqual([])
})

test('an entry that policy does not stop names a test of what does', () => {
  for (const { id, prevention } of all)
    if (prevention.by !== 'policy')
      expect(prevention.beyond.filter(each => each.test !== undefined).length, id).toBeGreaterThan(0)
})

test('docs/reference/attack-patterns.md says what the entries say', () => {
  const page = readFileSync(attackPatternsPagePath, 'utf8')
  expect(page, 'run `npm run docs:attack-patterns`').toBe(renderAttackPatternsPage(all))
  const anchors = new Set([...page.matchAll(/^### (.+)$/gm)].map(([, title]) => title))
  expect(anchors.size).toBe(all.length)
})

test('the package ships the database', () => {
  const { files } = JSON.parse(readFileSync('package.json', 'utf8')) as { files: string[] }
  expect(files).toContain('data')
})

test('attacks are found by category and flags', () => {
  const idsFor = (category: string, flags: readonly string[]) => attacksFor(category, flags).map(({ id }) => id)
  expect(idsFor('Destructive', [])).toContain('destructive-autonomy')
  expect(idsFor('Read', ['url_input'])).toEqual(
    expect.arrayContaining(['server-side-request-forgery', 'url-exfiltration']),
  )
  expect(idsFor('Write', ['bulk'])).toContain('bulk-change')
  expect(idsFor('Write', [])).not.toContain('bulk-change')
  expect(idsFor('Read', [])).not.toContain('destructive-autonomy')
  expect(idsFor('Other', [])).toEqual([])
  for (const category of affectedCategories) expect(idsFor(category, []).length, category).toBeGreaterThan(0)
})

test('the classifier names the attacks that the entries attach themselves to', () => {
  for (const category of affectedCategories) {
    for (let chosen = 0; chosen < 2 ** affectedFlags.length; chosen += 1) {
      const flags = affectedFlags.filter((_, index) => (chosen >> index) % 2 === 1)
      const ids = attacksFor(category, flags).map(({ id }) => id)
      expect([...attackIdsFor(category, flags)].sort(), `${category} ${flags.join(' ')}`).toEqual(ids.sort())
    }
  }
})

test('every entry concerns some tools, or says which servers', () => {
  for (const { id, affects } of all)
    expect(affects.categories.length + affects.flags.length > 0 || affects.servers !== undefined, id).toBe(true)
})

test('an entry is read once', () => {
  expect(attackOf('rug-pull')).toBe(attackOf('rug-pull'))
})
