/** The ratings in `data/servers` are those of the classifier as it is, for every server. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { classifiedText } from '../../scripts/catalogue-file.ts'
import { shippedServers } from '../../src/catalogue/shipped.ts'

const folder = 'data/servers/'
const files = readdirSync(folder).filter(name => name.endsWith('.json'))

test('every rating is what the classifier says of the definitions beside it', { timeout: 60_000 }, async () => {
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
