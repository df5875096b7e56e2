/**
 * Every operator × {match, no match, missing, wrong type, array, wildcard} and its corners, for `require` and
 * `deny_if`. The expected verdicts are literals: the first is that of `require`, the second that of `deny_if`.
 * `deny!` is a denial because the rule could not be evaluated.
 */
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/wire/json-types.ts'
import { verdictOn } from '../fixtures/policy-call.ts'

type Expected = 'allow' | 'deny' | 'deny!'
type Row = readonly [
  what: string,
  path: string,
  op: string,
  value: unknown,
  args: object,
  require: Expected,
  denyIf: Expected,
]

const x = 'args.x'
const each = 'args.list[*]'
const part = 'args.list[*].x'

const rows: readonly Row[] = [
  // eq
  ['match', x, 'eq', 'prod', { x: 'prod' }, 'allow', 'deny'],
  ['no match', x, 'eq', 'prod', { x: 'test' }, 'deny', 'allow'],
  ['missing', x, 'eq', 'prod', {}, 'deny', 'allow'],
  ['wrong type', x, 'eq', 'prod', { x: 1 }, 'deny!', 'deny!'],
  ['array', x, 'eq', 'prod', { x: ['prod'] }, 'deny!', 'deny!'],
  ['wildcard, all', each, 'eq', 'prod', { list: ['prod', 'prod'] }, 'allow', 'deny'],
  ['wildcard, some', each, 'eq', 'prod', { list: ['prod', 'test'] }, 'deny', 'deny'],
  ['wildcard, none', each, 'eq', 'prod', { list: ['test'] }, 'deny', 'allow'],
  ['wildcard, empty list', each, 'eq', 'prod', { list: [] }, 'allow', 'allow'],
  ['wildcard, no list', each, 'eq', 'prod', { list: 'prod' }, 'deny!', 'deny!'],
  ['wildcard, one unlike', each, 'eq', 'prod', { list: ['prod', 1] }, 'deny!', 'deny!'],
  ['case differs', x, 'eq', 'prod', { x: 'PROD' }, 'deny', 'deny'],
  ['full width', x, 'eq', 'prod', { x: 'ｐｒｏｄ' }, 'deny', 'deny'],
  ['zero width inside', x, 'eq', 'prod', { x: 'pr\u200bod' }, 'deny', 'deny'],
  ['trailing space', x, 'eq', 'prod', { x: 'prod ' }, 'deny', 'allow'],
  ['null for text', x, 'eq', 'prod', { x: null }, 'deny!', 'deny!'],
  ['null asked for, null', x, 'eq', null, { x: null }, 'allow', 'deny'],
  ['null asked for, text', x, 'eq', null, { x: 'a' }, 'deny', 'allow'],
  ['number', x, 'eq', 5, { x: 5 }, 'allow', 'deny'],
  ['number, text', x, 'eq', 5, { x: '5' }, 'deny!', 'deny!'],
  ['minus zero', x, 'eq', 0, { x: -0 }, 'allow', 'deny'],
  ['not a number', x, 'eq', 5, { x: Number.NaN }, 'deny!', 'deny!'],
  ['boolean', x, 'eq', true, { x: true }, 'allow', 'deny'],
  ['boolean, text', x, 'eq', true, { x: 'true' }, 'deny!', 'deny!'],
  ['boolean, 1', x, 'eq', true, { x: 1 }, 'deny!', 'deny!'],
  ['list, same', x, 'eq', [1, 'a'], { x: [1, 'a'] }, 'allow', 'deny'],
  ['list, other order', x, 'eq', [1, 'a'], { x: ['a', 1] }, 'deny', 'allow'],
  ['list, folded', x, 'eq', ['a'], { x: ['A'] }, 'deny', 'deny'],
  ['object, other order', x, 'eq', { a: 1, b: 2 }, { x: { b: 2, a: 1 } }, 'allow', 'deny'],
  ['object, more members', x, 'eq', { a: 1 }, { x: { a: 1, b: 2 } }, 'deny', 'allow'],
  // neq
  ['match', x, 'neq', 'prod', { x: 'test' }, 'allow', 'deny'],
  ['no match', x, 'neq', 'prod', { x: 'prod' }, 'deny', 'allow'],
  ['missing', x, 'neq', 'prod', {}, 'deny', 'allow'],
  ['wrong type', x, 'neq', 'prod', { x: 1 }, 'deny!', 'deny!'],
  ['array', x, 'neq', 'prod', { x: ['test'] }, 'deny!', 'deny!'],
  ['wildcard, all', each, 'neq', 'prod', { list: ['a', 'b'] }, 'allow', 'deny'],
  ['wildcard, some', each, 'neq', 'prod', { list: ['a', 'prod'] }, 'deny', 'deny'],
  ['wildcard, none', each, 'neq', 'prod', { list: ['prod'] }, 'deny', 'allow'],
  ['wildcard, empty list', each, 'neq', 'prod', { list: [] }, 'allow', 'allow'],
  ['case differs', x, 'neq', 'prod', { x: 'PROD' }, 'deny', 'deny'],
  ['null', x, 'neq', 'prod', { x: null }, 'deny!', 'deny!'],
  ['null asked for', x, 'neq', null, { x: 'a' }, 'allow', 'deny'],
  ['number', x, 'neq', 5, { x: 6 }, 'allow', 'deny'],
  ['infinite', x, 'neq', 5, { x: Number.POSITIVE_INFINITY }, 'deny!', 'deny!'],
  // lt
  ['match', x, 'lt', 500, { x: 499 }, 'allow', 'deny'],
  ['no match', x, 'lt', 500, { x: 500 }, 'deny', 'allow'],
  ['missing', x, 'lt', 500, {}, 'deny', 'allow'],
  ['wrong type', x, 'lt', 500, { x: '100' }, 'deny!', 'deny!'],
  ['array', x, 'lt', 500, { x: [100] }, 'deny!', 'deny!'],
  ['wildcard, all', each, 'lt', 500, { list: [1, 2] }, 'allow', 'deny'],
  ['wildcard, some', each, 'lt', 500, { list: [1, 501] }, 'deny', 'deny'],
  ['wildcard, none', each, 'lt', 500, { list: [501] }, 'deny', 'allow'],
  ['huge', x, 'lt', 500, { x: 1e308 }, 'deny', 'allow'],
  ['minus huge', x, 'lt', 500, { x: -1e308 }, 'allow', 'deny'],
  // lte
  ['match', x, 'lte', 500, { x: 500 }, 'allow', 'deny'],
  ['no match', x, 'lte', 500, { x: 501 }, 'deny', 'allow'],
  ['missing', x, 'lte', 500, {}, 'deny', 'allow'],
  ['wrong type: text', x, 'lte', 500, { x: '1e2' }, 'deny!', 'deny!'],
  ['wrong type: null', x, 'lte', 500, { x: null }, 'deny!', 'deny!'],
  ['wrong type: true', x, 'lte', 500, { x: true }, 'deny!', 'deny!'],
  ['wrong type: object', x, 'lte', 500, { x: {} }, 'deny!', 'deny!'],
  ['wrong type: empty text', x, 'lte', 500, { x: '' }, 'deny!', 'deny!'],
  ['array', x, 'lte', 500, { x: [] }, 'deny!', 'deny!'],
  ['not a number', x, 'lte', 500, { x: Number.NaN }, 'deny!', 'deny!'],
  ['minus infinite', x, 'lte', 500, { x: Number.NEGATIVE_INFINITY }, 'deny!', 'deny!'],
  ['wildcard, all', part, 'lte', 500, { list: [{ x: 1 }, { x: 500 }] }, 'allow', 'deny'],
  ['wildcard, some', part, 'lte', 500, { list: [{ x: 1 }, { x: 501 }] }, 'deny', 'deny'],
  ['wildcard, one lacks it', part, 'lte', 500, { list: [{ x: 1 }, {}] }, 'deny', 'deny'],
  ['wildcard, all lack it', part, 'lte', 500, { list: [{}, {}] }, 'deny', 'allow'],
  ['wildcard, one is no object', part, 'lte', 500, { list: [{ x: 1 }, 5] }, 'deny!', 'deny!'],
  // gt
  ['match', x, 'gt', 500, { x: 501 }, 'allow', 'deny'],
  ['no match', x, 'gt', 500, { x: 500 }, 'deny', 'allow'],
  ['missing', x, 'gt', 500, {}, 'deny', 'allow'],
  ['wrong type', x, 'gt', 500, { x: 'x' }, 'deny!', 'deny!'],
  ['array', x, 'gt', 500, { x: [501] }, 'deny!', 'deny!'],
  ['wildcard, some', each, 'gt', 500, { list: [1, 501] }, 'deny', 'deny'],
  ['wildcard, all', each, 'gt', 500, { list: [501] }, 'allow', 'deny'],
  ['wildcard, none', each, 'gt', 500, { list: [1] }, 'deny', 'allow'],
  ['fraction', x, 'gt', 500, { x: 500.0000001 }, 'allow', 'deny'],
  // gte
  ['match', x, 'gte', 500, { x: 500 }, 'allow', 'deny'],
  ['no match', x, 'gte', 500, { x: 499 }, 'deny', 'allow'],
  ['missing', x, 'gte', 500, {}, 'deny', 'allow'],
  ['wrong type', x, 'gte', 500, { x: {} }, 'deny!', 'deny!'],
  ['array', x, 'gte', 500, { x: [500] }, 'deny!', 'deny!'],
  ['wildcard, all', each, 'gte', 500, { list: [500, 600] }, 'allow', 'deny'],
  ['wildcard, none', each, 'gte', 500, { list: [1] }, 'deny', 'allow'],
  ['minus zero', x, 'gte', 0, { x: -0 }, 'allow', 'deny'],
  // in
  ['match', x, 'in', ['usd', 'eur'], { x: 'eur' }, 'allow', 'deny'],
  ['no match', x, 'in', ['usd', 'eur'], { x: 'gbp' }, 'deny', 'allow'],
  ['missing', x, 'in', ['usd'], {}, 'deny', 'allow'],
  ['wrong type', x, 'in', ['1'], { x: 1 }, 'deny!', 'deny!'],
  ['array', x, 'in', ['usd'], { x: ['usd'] }, 'deny!', 'deny!'],
  ['wildcard, all', each, 'in', ['a', 'b'], { list: ['a', 'b', 'a'] }, 'allow', 'deny'],
  ['wildcard, some', each, 'in', ['a', 'b'], { list: ['a', 'c'] }, 'deny', 'deny'],
  ['wildcard, none', each, 'in', ['a', 'b'], { list: ['c'] }, 'deny', 'allow'],
  ['case differs', x, 'in', ['usd'], { x: 'USD' }, 'deny', 'deny'],
  ['empty list', x, 'in', [], { x: 'a' }, 'deny', 'allow'],
  ['mixed list, number', x, 'in', ['a', 1], { x: 1 }, 'allow', 'deny'],
  ['mixed list, other number', x, 'in', ['a', 1], { x: 2 }, 'deny', 'allow'],
  ['mixed list, true', x, 'in', ['a', 1], { x: true }, 'deny!', 'deny!'],
  ['with null, null', x, 'in', ['a', null], { x: null }, 'allow', 'deny'],
  ['with null, number', x, 'in', ['a', null], { x: 1 }, 'deny', 'allow'],
  ['list in list', x, 'in', [[1, 2]], { x: [1, 2] }, 'allow', 'deny'],
  // not_in
  ['match', x, 'not_in', ['rm', 'dd'], { x: 'ls' }, 'allow', 'deny'],
  ['no match', x, 'not_in', ['rm', 'dd'], { x: 'dd' }, 'deny', 'allow'],
  ['missing', x, 'not_in', ['rm'], {}, 'deny', 'allow'],
  ['wrong type', x, 'not_in', ['rm'], { x: 7 }, 'deny!', 'deny!'],
  ['array', x, 'not_in', ['rm'], { x: ['ls'] }, 'deny!', 'deny!'],
  ['wildcard, all', each, 'not_in', ['rm'], { list: ['ls', 'ps'] }, 'allow', 'deny'],
  ['wildcard, some', each, 'not_in', ['rm'], { list: ['ls', 'rm'] }, 'deny', 'deny'],
  ['wildcard, none', each, 'not_in', ['rm'], { list: ['rm'] }, 'deny', 'allow'],
  ['case differs', x, 'not_in', ['rm'], { x: 'RM' }, 'deny', 'deny'],
  ['empty list', x, 'not_in', [], { x: 'a' }, 'allow', 'deny'],
  // exists
  ['match', x, 'exists', true, { x: 0 }, 'allow', 'deny'],
  ['no match', x, 'exists', true, { y: 0 }, 'deny', 'allow'],
  ['missing asked for', x, 'exists', false, {}, 'allow', 'deny'],
  ['present, missing asked for', x, 'exists', false, { x: '' }, 'deny', 'allow'],
  ['null is absent', x, 'exists', true, { x: null }, 'deny', 'allow'],
  ['null is absent, missing asked for', x, 'exists', false, { x: null }, 'allow', 'deny'],
  ['wrong type on the way', 'args.x.y', 'exists', true, { x: 'text' }, 'deny!', 'deny!'],
  ['wrong type on the way, missing asked for', 'args.x.y', 'exists', false, { x: 'text' }, 'deny!', 'deny!'],
  ['null on the way', 'args.x.y', 'exists', false, { x: null }, 'allow', 'deny'],
  ['array', x, 'exists', true, { x: [] }, 'allow', 'deny'],
  ['wildcard, all', part, 'exists', true, { list: [{ x: 1 }, { x: 2 }] }, 'allow', 'deny'],
  ['wildcard, some', part, 'exists', true, { list: [{ x: 1 }, {}] }, 'deny', 'deny'],
  ['wildcard, none', part, 'exists', true, { list: [{}, {}] }, 'deny', 'allow'],
  ['wildcard, some lack it, missing asked for', part, 'exists', false, { list: [{ x: 1 }, {}] }, 'deny', 'deny'],
  ['first element', 'args.list[0]', 'exists', true, { list: ['a'] }, 'allow', 'deny'],
  ['first element of an empty list', 'args.list[0]', 'exists', true, { list: [] }, 'deny', 'allow'],
  // regex
  ['match', x, 'regex', 'drop', { x: 'drop table' }, 'allow', 'deny'],
  ['no match', x, 'regex', 'drop', { x: 'select' }, 'deny', 'allow'],
  ['missing', x, 'regex', 'drop', {}, 'deny', 'allow'],
  ['wrong type', x, 'regex', '5', { x: 5 }, 'deny!', 'deny!'],
  ['array', x, 'regex', 'drop', { x: ['drop'] }, 'deny!', 'deny!'],
  ['wildcard, all', each, 'regex', '^a', { list: ['ab', 'ac'] }, 'allow', 'deny'],
  ['wildcard, some', each, 'regex', '^a', { list: ['ab', 'b'] }, 'deny', 'deny'],
  ['wildcard, none', each, 'regex', '^a', { list: ['b'] }, 'deny', 'allow'],
  ['case differs', x, 'regex', 'drop', { x: 'DROP' }, 'deny', 'deny'],
  ['case differs in the pattern', x, 'regex', '^/Users/[^/]+/\\.ssh', { x: '/users/me/.ssh/id' }, 'deny', 'deny'],
  ['full width', x, 'regex', 'drop', { x: 'ｄｒｏｐ' }, 'deny', 'deny'],
  ['unanchored', x, 'regex', 'delete', { x: 'undelete_all' }, 'allow', 'deny'],
  ['anchored', x, 'regex', '^delete$', { x: 'undelete_all' }, 'deny', 'allow'],
  ['one line', x, 'regex', '^delete$', { x: 'delete\nx' }, 'deny', 'allow'],
  ['end is the end', x, 'regex', '^delete$', { x: 'delete\n' }, 'deny', 'allow'],
  ['dot and line end', x, 'regex', '^a.b$', { x: 'a\nb' }, 'deny', 'allow'],
  // contains
  ['match', x, 'contains', 'rop', { x: 'drop' }, 'allow', 'deny'],
  ['no match', x, 'contains', 'rop', { x: 'select' }, 'deny', 'allow'],
  ['missing', x, 'contains', 'rop', {}, 'deny', 'allow'],
  ['wrong type', x, 'contains', '5', { x: 5 }, 'deny!', 'deny!'],
  ['wrong type: object', x, 'contains', 'a', { x: { a: 1 } }, 'deny!', 'deny!'],
  ['number in text', x, 'contains', 5, { x: '5' }, 'deny!', 'deny!'],
  ['array', x, 'contains', 'a', { x: ['b', 'a'] }, 'allow', 'deny'],
  ['array, none', x, 'contains', 'a', { x: ['b'] }, 'deny', 'allow'],
  ['array, empty', x, 'contains', 'a', { x: [] }, 'deny', 'allow'],
  ['array, part of an element', x, 'contains', 'a', { x: ['ab'] }, 'deny', 'allow'],
  ['array, one unlike', x, 'contains', 'a', { x: ['a', 1] }, 'deny!', 'deny!'],
  ['array of numbers', x, 'contains', 2, { x: [1, 2] }, 'allow', 'deny'],
  ['array, case differs', x, 'contains', 'admin', { x: ['ADMIN'] }, 'deny', 'deny'],
  ['case differs', x, 'contains', 'drop', { x: 'a DROP b' }, 'deny', 'deny'],
  ['wildcard, all', each, 'contains', 'a', { list: ['ab', 'ac'] }, 'allow', 'deny'],
  ['wildcard, some', each, 'contains', 'a', { list: ['ab', 'c'] }, 'deny', 'deny'],
  ['wildcard, lists', each, 'contains', 'a', { list: [['a'], ['b']] }, 'deny', 'deny'],
  // starts_with
  ['match', x, 'starts_with', 'get_', { x: 'get_user' }, 'allow', 'deny'],
  ['no match', x, 'starts_with', 'get_', { x: 'set_user' }, 'deny', 'allow'],
  ['missing', x, 'starts_with', 'get_', {}, 'deny', 'allow'],
  ['wrong type', x, 'starts_with', '1', { x: 1 }, 'deny!', 'deny!'],
  ['array', x, 'starts_with', 'get_', { x: ['get_user'] }, 'deny!', 'deny!'],
  ['wildcard, all', each, 'starts_with', 'a', { list: ['ab', 'ac'] }, 'allow', 'deny'],
  ['wildcard, some', each, 'starts_with', 'a', { list: ['ab', 'b'] }, 'deny', 'deny'],
  ['wildcard, none', each, 'starts_with', 'a', { list: ['b'] }, 'deny', 'allow'],
  ['case differs', x, 'starts_with', 'get_', { x: 'GET_user' }, 'deny', 'deny'],
  ['URL, under it', x, 'starts_with', 'https://api.good.com', { x: 'https://api.good.com/v1' }, 'allow', 'deny'],
  [
    'URL, longer host',
    x,
    'starts_with',
    'https://api.good.com',
    { x: 'https://api.good.com.evil.com/' },
    'deny',
    'deny',
  ],
  ['URL, userinfo', x, 'starts_with', 'https://api.good.com', { x: 'https://api.good.com@evil' }, 'deny', 'deny!'],
  ['URL, other port', x, 'starts_with', 'https://api.good.com', { x: 'https://api.good.com:8443/' }, 'deny', 'deny'],
  ['URL, path leaves', x, 'starts_with', 'https://g.com/a/', { x: 'https://g.com/a/../b' }, 'deny', 'deny'],
  // ends_with
  ['match', x, 'ends_with', '@corp.com', { x: 'a@corp.com' }, 'allow', 'deny'],
  ['no match', x, 'ends_with', '@corp.com', { x: 'a@evil.com' }, 'deny', 'allow'],
  ['missing', x, 'ends_with', '@corp.com', {}, 'deny', 'allow'],
  ['wrong type', x, 'ends_with', 'a', { x: true }, 'deny!', 'deny!'],
  ['array', x, 'ends_with', 'a', { x: ['a'] }, 'deny!', 'deny!'],
  ['wildcard, all', each, 'ends_with', '@corp.com', { list: ['a@corp.com', 'b@corp.com'] }, 'allow', 'deny'],
  ['wildcard, some', each, 'ends_with', '@corp.com', { list: ['a@corp.com', 'b@evil.com'] }, 'deny', 'deny'],
  ['case differs', x, 'ends_with', '.sql', { x: 'dump.SQL' }, 'deny', 'deny'],
  // glob
  ['match', x, 'glob', '/srv/*', { x: '/srv/a' }, 'allow', 'deny'],
  ['no match', x, 'glob', '/srv/*', { x: '/etc/a' }, 'deny', 'allow'],
  ['missing', x, 'glob', '/srv/*', {}, 'deny', 'allow'],
  ['wrong type', x, 'glob', '*', { x: 1 }, 'deny!', 'deny!'],
  ['array', x, 'glob', '*', { x: ['a'] }, 'deny!', 'deny!'],
  ['wildcard, all', each, 'glob', '/srv/**', { list: ['/srv/a', '/srv/a/b'] }, 'allow', 'deny'],
  ['wildcard, some', each, 'glob', '/srv/**', { list: ['/srv/a', '/etc'] }, 'deny', 'deny'],
  ['star and separator', x, 'glob', '/srv/*', { x: '/srv/a/b' }, 'deny', 'allow'],
  ['two stars', x, 'glob', '/srv/**/x.txt', { x: '/srv/a/b/x.txt' }, 'allow', 'deny'],
  ['two stars, no folder', x, 'glob', '/srv/**/x.txt', { x: '/srv/x.txt' }, 'allow', 'deny'],
  ['question mark', x, 'glob', '/srv/?', { x: '/srv/a' }, 'allow', 'deny'],
  ['question mark and separator', x, 'glob', '/srv?a', { x: '/srv/a' }, 'deny', 'allow'],
  ['dots leave', x, 'glob', '/srv/**', { x: '/srv/../etc/passwd' }, 'deny', 'deny'],
  ['dots come in', x, 'glob', '/etc/**', { x: '/srv/../etc/passwd' }, 'deny', 'deny'],
  ['dot segment', x, 'glob', '/srv/**', { x: '/srv/./a' }, 'deny', 'deny'],
  ['backslash', x, 'glob', '/srv/**', { x: '/srv/a\\..\\b' }, 'deny', 'deny'],
  ['backslash, elsewhere', x, 'glob', '/etc/**', { x: '/srv/a\\b' }, 'deny', 'allow'],
  ['case differs', x, 'glob', '/srv/**', { x: '/SRV/a' }, 'deny', 'deny'],
  ['dots in a name', x, 'glob', '/srv/*', { x: '/srv/a..b' }, 'allow', 'deny'],
  // cidr
  ['match', x, 'cidr', '10.0.0.0/8', { x: '10.1.2.3' }, 'allow', 'deny'],
  ['no match', x, 'cidr', '10.0.0.0/8', { x: '11.1.2.3' }, 'deny', 'allow'],
  ['missing', x, 'cidr', '10.0.0.0/8', {}, 'deny', 'allow'],
  ['wrong type', x, 'cidr', '10.0.0.0/8', { x: 10 }, 'deny!', 'deny!'],
  ['array', x, 'cidr', '10.0.0.0/8', { x: ['10.0.0.1'] }, 'deny!', 'deny!'],
  ['wildcard, all', each, 'cidr', '10.0.0.0/8', { list: ['10.0.0.1', '10.9.9.9'] }, 'allow', 'deny'],
  ['wildcard, some', each, 'cidr', '10.0.0.0/8', { list: ['10.0.0.1', '8.8.8.8'] }, 'deny', 'deny'],
  ['list', x, 'cidr', ['10.0.0.0/8', '192.168.0.0/16'], { x: '192.168.1.1' }, 'allow', 'deny'],
  ['mapped', x, 'cidr', '10.0.0.0/8', { x: '::ffff:10.1.2.3' }, 'allow', 'deny'],
  ['mapped, hexadecimal', x, 'cidr', '127.0.0.0/8', { x: '::ffff:7f00:1' }, 'allow', 'deny'],
  ['octal', x, 'cidr', '127.0.0.0/8', { x: '0177.0.0.1' }, 'deny!', 'deny!'],
  ['one number', x, 'cidr', '127.0.0.0/8', { x: '2130706433' }, 'deny!', 'deny!'],
  ['IPv6', x, 'cidr', '2001:db8::/32', { x: '2001:db8::1' }, 'allow', 'deny'],
  ['IPv6 and IPv4', x, 'cidr', '::/0', { x: '10.0.0.1' }, 'deny', 'allow'],
  ['one address', x, 'cidr', '10.0.0.1', { x: '10.0.0.1' }, 'allow', 'deny'],
  ['zone', x, 'cidr', 'fe80::/10', { x: 'fe80::1%eth0' }, 'deny!', 'deny!'],
  ['not an address', x, 'cidr', '10.0.0.0/8', { x: 'example.com' }, 'deny!', 'deny!'],
  // host_in
  ['match', x, 'host_in', ['api.good.com'], { x: 'https://api.good.com/v1' }, 'allow', 'deny'],
  ['no match', x, 'host_in', ['api.good.com'], { x: 'https://evil.com/' }, 'deny', 'allow'],
  ['missing', x, 'host_in', ['api.good.com'], {}, 'deny', 'allow'],
  ['wrong type', x, 'host_in', ['api.good.com'], { x: 1 }, 'deny!', 'deny!'],
  ['array', x, 'host_in', ['a.com'], { x: ['https://a.com'] }, 'deny!', 'deny!'],
  ['wildcard, all', each, 'host_in', ['a.com'], { list: ['https://a.com', 'http://a.com/x'] }, 'allow', 'deny'],
  ['wildcard, some', each, 'host_in', ['a.com'], { list: ['https://a.com', 'https://b.com'] }, 'deny', 'deny'],
  ['bare host', x, 'host_in', ['a.com'], { x: 'a.com' }, 'allow', 'deny'],
  ['bare host and port', x, 'host_in', ['a.com'], { x: 'a.com:443' }, 'allow', 'deny'],
  ['case', x, 'host_in', ['a.com'], { x: 'https://A.COM/' }, 'allow', 'deny'],
  ['subdomain', x, 'host_in', ['a.com'], { x: 'https://b.a.com/' }, 'deny', 'allow'],
  ['star', x, 'host_in', ['*.a.com'], { x: 'https://c.b.a.com/' }, 'allow', 'deny'],
  ['star and apex', x, 'host_in', ['*.a.com'], { x: 'https://a.com/' }, 'deny', 'allow'],
  ['longer host', x, 'host_in', ['a.com'], { x: 'https://a.com.evil.com/' }, 'deny', 'allow'],
  ['userinfo', x, 'host_in', ['a.com'], { x: 'https://a.com@evil.com/' }, 'deny!', 'deny!'],
  ['backslash', x, 'host_in', ['a.com'], { x: 'https://a.com\\@evil.com/' }, 'deny!', 'deny!'],
  ['tab', x, 'host_in', ['a.com'], { x: 'https://a\t.com/' }, 'deny!', 'deny!'],
  ['other scheme', x, 'host_in', ['a.com'], { x: 'javascript:alert(1)' }, 'deny!', 'deny!'],
  ['one number', x, 'host_in', ['127.0.0.1'], { x: 'http://2130706433/' }, 'allow', 'deny'],
  ['octal', x, 'host_in', ['127.0.0.1'], { x: 'http://0177.0.0.1/' }, 'allow', 'deny'],
  ['mapped', x, 'host_in', ['127.0.0.1'], { x: 'http://[::ffff:7f00:1]/' }, 'allow', 'deny'],
  ['final dot', x, 'host_in', ['a.com'], { x: 'https://a.com./' }, 'deny', 'deny'],
  ['full width', x, 'host_in', ['a.com'], { x: 'https://ａ.com/' }, 'allow', 'deny'],
]

function outcome(list: 'require' | 'deny_if', [, path, op, value, args]: Row): string {
  const entry = { [list]: [{ conditions: [{ path, op, value }] }] }
  const verdict = verdictOn(entry, args as JsonObject)
  if (verdict.effect === 'deny' && verdict.rule !== `/tools/t/${list}/0`) return `denied by ${verdict.rule}`
  return verdict.effect === 'deny' && verdict.error !== undefined ? 'deny!' : verdict.effect
}

describe('require', () => {
  test.each(rows.map(row => [`${row[2]}: ${row[0]} (${JSON.stringify(row[4])})`, row] as const))(
    '%s',
    (_title, row) => {
      expect(outcome('require', row)).toBe(row[5])
    },
  )
})

describe('deny_if', () => {
  test.each(rows.map(row => [`${row[2]}: ${row[0]} (${JSON.stringify(row[4])})`, row] as const))(
    '%s',
    (_title, row) => {
      expect(outcome('deny_if', row)).toBe(row[6])
    },
  )
})

test('every operator has every column, and there are enough rows', () => {
  const columns = ['match', 'no match', 'missing', 'wrong type', 'array', 'wildcard']
  const ops = new Set(rows.map(row => row[2]))
  expect(ops.size).toBe(16)
  for (const op of ops) {
    const titles = rows.filter(row => row[2] === op).map(row => row[0])
    for (const column of columns)
      expect(
        titles.some(title => title.startsWith(column)),
        `${op}: ${column}`,
      ).toBe(true)
  }
  expect(rows.length * 2).toBeGreaterThanOrEqual(300)
})
