import { expect, test } from 'vitest'
import { decide, readOnlyMark } from './decide.ts'
import { loadPolicy } from './load.ts'

function load(document: unknown) {
  return loadPolicy('p', JSON.stringify(document))
}

test('`read_only` marks a tool or a door either way, by exact name before glob, and is silent elsewhere', () => {
  const loaded = load({
    version: '1',
    default: 'allow',
    tools: { 'get_*': { read_only: true }, get_and_lock: { read_only: false }, 'resources/read': { read_only: false } },
  })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  const marks = ['get_user', 'get_and_lock', 'resources/read', 'put_user'].map(name =>
    readOnlyMark(loaded.policy, name),
  )
  expect(marks).toEqual([true, false, false, undefined])
  expect(readOnlyMark(undefined, 'get_user')).toBeUndefined()
  expect(loaded.document['tools']).toMatchObject({ 'get_*': { read_only: true }, get_and_lock: { read_only: false } })
})

test('`read_only` changes no verdict', () => {
  const loaded = load({ version: '1', default: 'deny', tools: { write: { read_only: true, action: 'deny' } } })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  const verdict = decide(loaded.policy, {
    tool: 'write',
    args: {},
    caller: { id: 'a', kind: 'agent', roles: [], groups: [] },
    grant: { name: 'g', labels: {} },
    server: { name: 's' },
    facts: { annotations: {} },
    timeMs: 0,
  })
  expect(verdict.effect).toBe('deny')
})

test('`read_only` that is not true or false is a problem at its place', () => {
  const loaded = load({ version: '1', default: 'deny', tools: { write: { read_only: 'yes' } } })
  expect(loaded.ok).toBe(false)
  expect(loaded.problems.map(problem => problem.path)).toEqual(['/tools/write/read_only'])
})
