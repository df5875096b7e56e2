import { expect, test } from 'vitest'
import { postureOf } from './posture.ts'
import { findServer, searchServers, shippedServers } from './shipped.ts'

const slugs = (words: string, limit = 50) => searchServers(words, limit).found.map(({ server }) => server.record.slug)

test('every server is found by each of its names', () => {
  for (const { record } of shippedServers()) {
    const { slug, title, package: name, registryName, version } = record
    expect(findServer(slug)?.record.slug).toBe(slug)
    expect(findServer(slug.toUpperCase())?.record.slug).toBe(slug)
    for (const other of [name, registryName, `${name}@${version}`])
      if (other !== undefined && name !== undefined) expect(findServer(other)?.record.package, other).toBe(name)
    expect(findServer(title)?.record.title, title).toBeDefined()
  }
  expect(['', 'nothing-like-this', '@scope/', '__proto__'].map(name => findServer(name))).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})

test('a server whose name is asked for comes first', () => {
  for (const { record } of shippedServers()) {
    expect(slugs(record.slug, 1)).toEqual([record.slug])
    if (record.package !== undefined)
      expect(findServer(slugs(record.package, 1)[0] ?? '')?.record.package).toBe(record.package)
  }
})

test('names before tools before descriptions, and a beginning before nothing', () => {
  expect(slugs('playw', 2).toSorted()).toEqual(['playwright', 'playwright-execute'])
  expect(slugs('github')[0]).toBe('github-archived')
  const { found, total } = searchServers('pull request', 3)
  expect(found).toHaveLength(3)
  expect(total).toBeGreaterThan(3)
  expect(found[0]?.tools[0]).toMatch(/pull_?request/i)
  expect(slugs('database')).toContain('dbhub')
})

test('more words found go before heavier ones; words that are nowhere do not hide the rest', () => {
  expect(slugs('slack channel history', 1)).toEqual(['slack-archived'])
  expect(slugs('zzzzzz slack', 1)).toEqual(['slack-archived'])
  expect(slugs('zzzzzz')).toEqual([])
  expect(slugs('  -- !!')).toEqual([])
})

test('the same question has the same answer', () => {
  expect(slugs('create an issue')).toEqual(slugs('create an issue'))
})

test('posture: what is asked for and declared', () => {
  const posture = (slug: string) => {
    const found = findServer(slug)
    return found === undefined ? undefined : postureOf(found.record)
  }
  expect(posture('slack-archived')).toMatchObject({ transport: 'stdio', credentials: ['SLACK_BOT_TOKEN'] })
  expect(posture('xero')?.credentials).toEqual(['XERO_CLIENT_SECRET'])
  expect(posture('figma')?.credentials).toEqual(['--figma-api-key'])
  expect(posture('monday')?.credentials).toEqual(['-t'])
  expect(posture('filesystem')).toMatchObject({ era: 'legacy', credentials: [], annotatedTools: 14 })
  expect(posture('azure')?.credentials).toEqual([])
})
