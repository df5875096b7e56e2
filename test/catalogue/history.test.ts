/** The history of shipped servers: which releases are looked at, the way back from one to the other, what is never lost. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { filledHistory, historyAfter } from '../../scripts/catalogue-history.ts'
import { deltaBetween, toolsBefore, toolsDigest } from '../../scripts/definition-delta.ts'
import { compareVersions, earlierReleases, releasedBy } from '../../scripts/earlier-releases.ts'
import { ratedHistory } from '../../scripts/history-step.ts'
import type { Look } from '../../scripts/server-look.ts'
import type { Json, JsonObject } from '../../src/wire/json-types.ts'

const release = (version: string, day?: string, deprecated = false) => ({
  version,
  deprecated,
  ...(day === undefined ? {} : { day }),
})
const releases = (...versions: readonly string[]) => versions.map(version => release(version))

test('the last release of each earlier line, the steps growing', () => {
  const minors = Array.from({ length: 12 }, (_, minor) => [`1.${minor}.0`, `1.${minor}.1`]).flat()
  expect(earlierReleases(releases(...minors), '1.11.1', 1)).toEqual(['1.10.1'])
  expect(earlierReleases(releases(...minors), '1.11.1', 3)).toEqual(['1.10.1', '1.8.1', '1.4.1'])
  // too few lines for that: evenly
  expect(earlierReleases(releases(...minors), '1.5.0', 3)).toEqual(['1.4.1', '1.2.1', '1.0.1'])
  expect(earlierReleases(releases('0.0.7', '0.0.9', '0.0.8', '0.0.10'), '0.0.10', 3)).toEqual([
    '0.0.9',
    '0.0.8',
    '0.0.7',
  ])
})

test('where earlier lines do not suffice any earlier release counts; nothing later, nothing for a first release', () => {
  expect(earlierReleases(releases('2.1.3', '2.1.4', '2.1.5', '2.0.9'), '2.1.4', 3)).toEqual(['2.1.3', '2.0.9'])
  expect(earlierReleases(releases('1.0.0', '1.1.0'), '1.0.0', 3)).toEqual([])
  expect(earlierReleases([], '1.0.0', 3)).toEqual([])
})

test('prereleases and deprecated releases only where there is nothing else', () => {
  const known = [...releases('1.0.0', '1.1.0-beta.2', '1.2.0-rc.1'), release('0.9.0', undefined, true)]
  expect(earlierReleases(known, '1.2.0', 3)).toEqual(['1.0.0'])
  expect(earlierReleases(known.slice(1), '1.2.0', 3)).toEqual(['0.9.0'])
  expect(earlierReleases(releases('1.2.0-rc.1', '1.2.0-rc.10', '1.2.0-rc.2'), '1.2.0', 3)).toEqual([
    '1.2.0-rc.10',
    '1.2.0-rc.2',
    '1.2.0-rc.1',
  ])
})

test('versions in the order of Semantic Versioning', () => {
  const sorted = [
    '0.9.9',
    '1.0.0-1',
    '1.0.0-a',
    '1.0.0-a.1',
    '1.0.0-a.b',
    '1.0.0-b',
    '1.0.0',
    '1.0.1',
    '1.10.0',
    '2.0.0',
  ]
  expect([...sorted].reverse().toSorted(compareVersions)).toEqual(sorted)
  expect(compareVersions('1.0.0+a', '1.0.0+b')).toBe(0)
})

test('a release is no later than those after it, whatever a mirror says of the day', () => {
  const known = [
    release('2025.9.25', '2026-08-22'),
    release('2025.11.25', '2026-01-21'),
    release('2026.8.31', '2026-09-01'),
    release('2026.9.0-beta.1', '2025-01-01'),
  ]
  expect(known.slice(0, 3).map(({ version }) => releasedBy(known, version))).toEqual([
    '2026-01-21',
    '2026-01-21',
    '2026-09-01',
  ])
  expect(releasedBy(releases('1.0.0'), '1.0.0')).toBeUndefined()
})

const words = fc.string({ maxLength: 12, unit: fc.constantFrom('a', 'b', ' ', '~', '/', '\u{1f600}', '\ud83d', 'é') })
const texts = fc.oneof(
  words,
  fc.tuple(words, words).map(([a, b]) => `${a}${'the same in both, and long enough. '.repeat(3)}${b}`),
)
const schemas = fc.letrec<{ value: Json }>(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    texts,
    fc.integer({ min: 0, max: 3 }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('type', 'a/b', '~0', 'description', '', 'x'), tie('value'), { maxKeys: 4 }),
  ),
})).value
const toolLists = fc.uniqueArray(
  fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), description: texts, inputSchema: schemas }),
  { selector: ({ name }) => name, maxLength: 4 },
) as fc.Arbitrary<readonly JsonObject[]>

test('the way back from any list to any other is exact', () => {
  fc.assert(
    fc.property(toolLists, toolLists, (before, after) => {
      const delta = JSON.parse(JSON.stringify(deltaBetween(before, after))) as ReturnType<typeof deltaBetween>
      expect(toolsDigest(toolsBefore(after, delta))).toBe(toolsDigest(before))
    }),
    { numRuns: 300 },
  )
})

test('of a long text only what is another is kept, and a list that names a tool twice has no way back', () => {
  const text = (word: string) => `${'Lists what is there. '.repeat(20)}${word}${' Use it with care.'.repeat(20)}`
  const tool = (word: string) => ({ name: 'a', description: text(word) })
  expect(deltaBetween([tool('old')], [tool('newer')]).former).toEqual([
    { tool: 'a', places: [{ at: '/description', splices: [[420, 6, 'old ']] }] },
  ])
  expect(() => deltaBetween([tool('old'), tool('old')], [])).toThrow('twice')
})

const source = { slug: 'x', title: 'X', package: 'x', version: '1.3.0' }
const read = { name: 'get_file', description: 'Returns the content of a file.', inputSchema: { type: 'object' } }
const remove = { ...read, name: 'delete_file', description: 'Deletes the file permanently. This cannot be undone.' }
const look = (tools: readonly JsonObject[], more: Partial<Look> = {}): Look => ({
  manifest: {},
  day: '2026-11-22',
  protocolVersion: '2025-11-25',
  era: 'legacy',
  notes: [],
  tools,
  prompts: [],
  capabilities: ['tools'],
  resources: 0,
  ...more,
})
const seen: Readonly<Record<string, Look>> = {
  '1.3.0': look([read, remove]),
  '1.2.0': look([{ ...read, description: `${read.description} Fast.` }], { instructions: 'Be quick.' }),
  '1.0.0': look([]),
  '0.9.0': look([read], { instructions: 'Be quick.' }),
}
const taken = {
  look: (_source: unknown, version: string) => {
    const found = seen[version]
    return found === undefined ? Promise.reject(new Error('it does not start\nat all')) : Promise.resolve(found)
  },
  releases: () =>
    Promise.resolve([
      release('1.3.0', '2026-10-01'),
      release('1.2.0', '2026-09-01'),
      release('1.1.0', '2026-11-01'),
      release('1.0.0'),
      release('0.9.0', '2026-03-01'),
    ]),
}
const record = (version: string) => ({ version, scannedAt: '2026-11-22', ...look(seen[version]?.tools ?? []) })

test('a history is filled from the newest to the oldest; what cannot be seen is named and skipped', async () => {
  const { history, notSeen } = await filledHistory(record('1.3.0') as unknown as JsonObject, source, 4, taken)
  expect(history.map(({ from, to, fromReleasedBy, toReleasedBy }) => [from, fromReleasedBy, to, toReleasedBy])).toEqual(
    [
      ['1.2.0', '2026-09-01', '1.3.0', '2026-10-01'],
      ['0.9.0', '2026-03-01', '1.2.0', '2026-09-01'],
    ],
  )
  expect(notSeen).toEqual(['1.1.0: it does not start', '1.0.0: it lists no tools, as it is started here'])
  expect(history[0]?.beside).toEqual(['instructions'])
  expect(history[1]).not.toHaveProperty('beside')
  expect(history[0]?.changes).toMatchObject([
    { tool: 'delete_file', kind: 'added', risk: 'critical', after: 'Destructive' },
    { tool: 'get_file', kind: 'changed', risk: 'medium', places: ['/description'] },
  ])
  expect(ratedHistory(history, [read, remove])).toEqual(history)
})

test('what is known stays: nothing is asked again, and a new version comes before it', async () => {
  const first = await filledHistory(record('1.2.0') as unknown as JsonObject, { ...source, version: '1.2.0' }, 1, {
    ...taken,
    releases: () => Promise.resolve(releases('1.2.0', '0.9.0')),
  })
  const older = { ...record('1.2.0'), history: first.history } as unknown as JsonObject
  expect(first.history.map(({ from }) => from)).toEqual(['0.9.0'])
  const again = await filledHistory(older, source, 1, { ...taken, releases: () => Promise.reject(new Error('asked')) })
  expect(again).toEqual({ history: first.history, notSeen: [] })
  const newer = await historyAfter(older, source, look([read, remove]), taken)
  expect(newer.map(({ from, to }) => [from, to])).toEqual([
    ['1.2.0', '1.3.0'],
    ['0.9.0', '1.2.0'],
  ])
  expect(newer[1]).toBe(first.history[0])
  // the same version again is the same version, whatever it says
  expect(await historyAfter(older, { ...source, version: '1.2.0' }, look([remove]), taken)).toEqual(first.history)
})
