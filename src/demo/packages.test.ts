import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { locatePackage } from './packages.ts'

test('an installed server is started from where it is, with this Node', () => {
  const found = locatePackage('@modelcontextprotocol/server-filesystem')
  expect(found).toMatchObject({ installed: true, command: process.execPath, version: '2026.8.31' })
  expect(existsSync(found.args[0] ?? '')).toBe(true)
})

test('a server that is not installed is fetched at the version known to work', () => {
  expect(locatePackage('@modelcontextprotocol/server-everything', ['/nowhere'])).toEqual({
    name: '@modelcontextprotocol/server-everything',
    version: '2026.8.31',
    installed: false,
    command: 'npx',
    args: ['-y', '@modelcontextprotocol/server-everything@2026.8.31'],
  })
})
