import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { demoPackages, findPackage } from './packages.ts'

test.each(Object.entries(demoPackages))(
  '%s is found where it is installed, at the version of the demonstration',
  (name, version) => {
    const found = findPackage(name)
    expect(found).toMatchObject({ name, version })
    expect(existsSync(found?.script ?? '')).toBe(true)
  },
)

test('a package that is not installed is not found', () => {
  expect(findPackage('@modelcontextprotocol/server-everything', ['/nowhere'])).toBeUndefined()
})
