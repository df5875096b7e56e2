/** Every runtime dependency has an exact version and a reason, and the page lists nothing else. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
}
const page = readFileSync('docs/reference/dependencies.md', 'utf8')

function rowsUnder(heading: string): Record<string, string> {
  const part = page.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  const rows = [...part.matchAll(/^\| `([^`]+)` \| ([^|]+) \| ([^|]{20,}) \|$/gm)]
  return Object.fromEntries(rows.map(row => [row[1], row[2]?.trim()]))
}

test('runtime dependencies', () => {
  expect(rowsUnder('Runtime')).toEqual(manifest.dependencies)
})

test('development dependencies', () => {
  expect(rowsUnder('Development')).toEqual(manifest.devDependencies)
})

test('versions are exact', () => {
  const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
  for (const [name, version] of versions) expect(version, name).toMatch(/^\d+\.\d+\.\d+(?:-[\w.]+)?$/)
})
