import { expect, test } from 'vitest'
import { readPath } from './path.ts'

const each = { each: true }

test.each([
  ['args', []],
  ['args.a.b', [{ key: 'a' }, { key: 'b' }]],
  ['args.items[0].x', [{ key: 'items' }, { index: 0 }, { key: 'x' }]],
  ['args.items[*].x', [{ key: 'items' }, each, { key: 'x' }]],
  ['args["a.b"]', [{ key: 'a.b' }]],
  ['args["a\\"]["]', [{ key: 'a"][' }]],
  ['args["\\u0061"]', [{ key: 'a' }]],
  ['args.user-name.$x.ü', [{ key: 'user-name' }, { key: '$x' }, { key: 'ü' }]],
  ['args.__proto__.constructor', [{ key: '__proto__' }, { key: 'constructor' }]],
  ['caller.roles[*]', [{ key: 'roles' }, each]],
  ['grant.labels.team', [{ key: 'labels' }, { key: 'team' }]],
  ['tool.annotations.readOnlyHint', [{ key: 'annotations' }, { key: 'readOnlyHint' }]],
  ['time.weekday', [{ key: 'weekday' }]],
])('`%s` is read', (text, steps) => {
  expect(readPath(text)).toMatchObject({ ok: true, path: { text, steps } })
})

test.each([
  ['arg.x', '`arg.x` does not start with a known root', 'did you mean `args`?'],
  ['', '`` does not start with a known root', 'start it with one of args, caller, grant, server, tool, time'],
  ['args.', '`args.` cannot be read at `.`', 'write members as `.name` or `["name"]`, elements as `[0]` or `[*]`'],
  [
    'args..a',
    '`args..a` cannot be read at `..a`',
    'write members as `.name` or `["name"]`, elements as `[0]` or `[*]`',
  ],
  ['args.*', '`args.*` cannot be read at `.*`', 'write `[*]` for every element of a list'],
  [
    'args[-1]',
    '`args[-1]` cannot be read at `[-1]`',
    'write members as `.name` or `["name"]`, elements as `[0]` or `[*]`',
  ],
  [
    "args['a']",
    "`args['a']` cannot be read at `['a']`",
    'write members as `.name` or `["name"]`, elements as `[0]` or `[*]`',
  ],
  [
    'args["a',
    '`args["a` cannot be read at `["a`',
    'write members as `.name` or `["name"]`, elements as `[0]` or `[*]`',
  ],
  [
    'args["\\x"]',
    '`args["\\x"]` cannot be read at `["\\x"]`',
    'write members as `.name` or `["name"]`, elements as `[0]` or `[*]`',
  ],
  ['args a', '`args a` cannot be read at ` a`', 'write members as `.name` or `["name"]`, elements as `[0]` or `[*]`'],
  ['caller.role', '`caller.role` is not known', 'did you mean `caller.roles`?'],
  ['caller', '`caller` needs a member', 'use one of `caller.id`, `caller.kind`, `caller.roles`, `caller.groups`'],
  ['grant.labels', '`grant.labels` needs a member', 'use one of `grant.name`, `grant.labels.…`'],
  ['server.url', '`server.url` is not known', 'use one of `server.name`'],
])('`%s` is refused with its place', (text, message, remedy) => {
  expect(readPath(text)).toEqual({ ok: false, message, remedy })
})

test('a path of more than 500 characters is refused', () => {
  expect(readPath(`args.${'a'.repeat(496)}`)).toMatchObject({ ok: false })
  expect(readPath(`args.${'a'.repeat(495)}`)).toMatchObject({ ok: true })
})
