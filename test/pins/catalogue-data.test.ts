/** The ratings in `data/servers` are those of the classifier as it is, and the histories lead to the versions they stand in. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { classifiedText } from '../../scripts/catalogue-file.ts'
import { toolsBefore, toolsDigest } from '../../scripts/definition-delta.ts'
import { compareVersions } from '../../scripts/earlier-releases.ts'
import type { StoredStep } from '../../scripts/history-step.ts'
import { countsOf, readDriftStep } from '../../src/catalogue/drift-step.ts'
import { shippedServers } from '../../src/catalogue/shipped.ts'
import type { Json, JsonObject } from '../../src/wire/json-types.ts'

const folder = 'data/servers/'
const files = readdirSync(folder).filter(name => name.endsWith('.json'))

test('every rating is what the classifier says of the definitions beside it', async () => {
  const stale: string[] = []
  for (const file of files) {
    const text = readFileSync(`${folder}${file}`, 'utf8')
    if ((await classifiedText(JSON.parse(text) as Record<string, unknown>)) !== text) stale.push(file)
  }
  expect(stale, 'run `npm run catalogue:classify`').toEqual([])
})

test('every file has a source to be made from again, and every source a file', () => {
  const sources = parse(readFileSync(`${folder}sources.yaml`, 'utf8')) as Record<string, string>[]
  const seen = shippedServers().filter(({ rating }) => rating !== undefined)
  expect(files).toHaveLength(seen.length)
  expect(seen.length).toBeGreaterThanOrEqual(60)
  expect(seen.map(({ record }) => [record.slug, record.package, record.version])).toEqual(
    sources
      .map(({ slug, package: name, version }) => [slug, name, version])
      .toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1)),
  )
})

interface Stored {
  readonly slug: string
  readonly version: string
  readonly tools: readonly JsonObject[]
  readonly history?: readonly StoredStep[]
}

const stored = files.map(file => JSON.parse(readFileSync(`${folder}${file}`, 'utf8')) as Stored)

test('every history leads back from the version of its file, step by step, to definitions of the recorded digest', () => {
  const broken = stored.flatMap(({ slug, version, tools, history = [] }) => {
    let [later, definitions] = [version, tools]
    return history.flatMap(step => {
      const before = toolsBefore(definitions, step.delta)
      const faults = [
        ...(step.to === later ? [] : [`${slug} ${step.from}: leads to ${step.to}, not to ${later}`]),
        ...(compareVersions(step.from, step.to) < 0 ? [] : [`${slug} ${step.from}: not before ${step.to}`]),
        ...((step.fromReleasedBy ?? '') <= (step.toReleasedBy ?? '9') ? [] : [`${slug} ${step.from}: released later`]),
        ...(toolsDigest(before) === step.digests.tools ? [] : [`${slug} ${step.from}: other definitions`]),
      ]
      ;[later, definitions] = [step.from, before]
      return faults
    })
  })
  expect(broken).toEqual([])
  expect(stored.filter(({ history }) => history !== undefined).length).toBeGreaterThanOrEqual(48)
})

test('every step is read whole: nothing of it is left out for its form', () => {
  for (const { slug, history = [] } of stored) {
    for (const step of history) {
      const read = readDriftStep(step as unknown as Json)
      expect(read?.changes.length, slug).toBe(step.changes.length)
      expect(read?.scannedAt, slug).toMatch(/^\d{4}-\d{2}-\d{2}$/)
      const { without, with: gone, former } = step.delta
      expect(read === undefined ? {} : countsOf(read), `${slug} ${step.from}`).toMatchObject({
        added: without.length,
        removed: gone.length,
        changed: former.length,
      })
      for (const change of read?.changes ?? [])
        expect(change.kind === 'changed' && change.places.length === 0, `${slug} ${change.tool}`).toBe(false)
    }
  }
})

test('histories take no more than three tenths of what the files take without them, and hold nothing of a machine', () => {
  const sizes = stored.map(({ history, ...rest }) => [
    JSON.stringify(rest).length,
    JSON.stringify(history ?? []).length,
  ])
  const sum = (at: number) => sizes.reduce((all, each) => all + (each[at] ?? 0), 0)
  expect(sum(1) / sum(0)).toBeLessThanOrEqual(0.3)
  // the folders of a look, under whatever the machine calls its temporary ones
  const places = stored.filter(each => /\/catalogue-[a-z0-9-]+-\w{6}\b/.test(JSON.stringify(each)))
  expect(places.map(({ slug }) => slug)).toEqual([])
})
