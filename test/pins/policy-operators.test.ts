/** The verdicts of `test/fixtures/operator-rows.ts`, in both lists. That no case is missing: `policy-coverage.test.ts`. */
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/wire/json-types.ts'
import { operatorRows, type Row } from '../fixtures/operator-rows.ts'
import { verdictOn } from '../fixtures/policy-call.ts'

function outcome(list: 'require' | 'deny_if', [, path, op, value, args]: Row): string {
  const entry = { [list]: [{ conditions: [{ path, op, value }] }] }
  const verdict = verdictOn(entry, args as JsonObject)
  if (verdict.effect === 'deny' && verdict.rule !== `/tools/t/${list}/0`) return `denied by ${verdict.rule}`
  return verdict.effect === 'deny' && verdict.error !== undefined ? 'deny!' : verdict.effect
}

describe('require', () => {
  test.each(operatorRows.map(row => [`${row[2]}: ${row[0]} (${JSON.stringify(row[4])})`, row] as const))(
    '%s',
    (_title, row) => {
      expect(outcome('require', row)).toBe(row[5])
    },
  )
})

describe('deny_if', () => {
  test.each(operatorRows.map(row => [`${row[2]}: ${row[0]} (${JSON.stringify(row[4])})`, row] as const))(
    '%s',
    (_title, row) => {
      expect(outcome('deny_if', row)).toBe(row[6])
    },
  )
})
