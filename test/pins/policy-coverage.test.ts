/**
 * The table of operator × situation × list, computed from the tests themselves: from the cases with literal verdicts and
 * from the random ones that compare the engine with its specification. An empty cell fails. What situation a case is, is
 * told by its arguments and its verdict, not by its title.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Operator, operators } from '../../src/policy/model.ts'
import { readPath } from '../../src/policy/path.ts'
import { absent, compileReach } from '../../src/policy/reach.ts'
import { specify } from '../../src/policy/spec.ts'
import type { DecisionInput } from '../../src/policy/verdict.ts'
import type { JsonObject } from '../../src/wire/json-types.ts'
import { operatorRows } from '../fixtures/operator-rows.ts'
import { callOf } from '../fixtures/policy-call.ts'
import { scenarios } from '../property/policy-documents.ts'

const situations = ['match', 'no match', 'missing', 'wrong type', 'array', 'wildcard'] as const
const lists = ['require', 'deny_if'] as const
type Situation = (typeof situations)[number]
type List = (typeof lists)[number]

/** What a comparison met. `holds` is `undefined` where it could not be made. */
function situationOf(path: string, input: DecisionInput, holds: boolean | undefined): Situation {
  if (path.includes('[*]')) return 'wildcard'
  const reading = readPath(path)
  const found = reading.ok ? compileReach(reading.path, 'UTC')(input) : absent
  if (found === absent) return 'missing'
  if (Array.isArray(found)) return 'array'
  return holds === undefined ? 'wrong type' : holds ? 'match' : 'no match'
}

class Table {
  readonly #cells = new Map<string, number>()

  add(op: string, situation: Situation, list: List): void {
    const cell = `${op} × ${situation} × ${list}`
    this.#cells.set(cell, (this.#cells.get(cell) ?? 0) + 1)
  }

  holes(): readonly string[] {
    const all = operators.flatMap(op => situations.flatMap(each => lists.map(list => `${op} × ${each} × ${list}`)))
    return all.filter(cell => !this.#cells.has(cell))
  }

  get total(): number {
    return [...this.#cells.values()].reduce((sum, count) => sum + count, 0)
  }
}

describe('cases with literal verdicts', () => {
  const table = new Table()
  for (const [, path, op, , args, require, denyIf] of operatorRows) {
    const input = callOf('t', args as JsonObject)
    table.add(op, situationOf(path, input, require === 'deny!' ? undefined : require === 'allow'), 'require')
    table.add(op, situationOf(path, input, denyIf === 'deny!' ? undefined : denyIf === 'deny'), 'deny_if')
  }

  test('no operator lacks a situation in either list', () => {
    expect(operators).toHaveLength(16)
    expect(table.holes()).toEqual([])
  })

  test('there are 300 of them, no two the same', () => {
    expect(table.total).toBeGreaterThanOrEqual(300)
    const asked = operatorRows.map(([, path, op, value, args]) => JSON.stringify([path, op, value, args]))
    const same = asked.filter((each, index) => asked.indexOf(each) !== index)
    // what JSON cannot write, such as a number that is none, may look the same
    expect(same.every(each => each.includes('null'))).toBe(true)
  })

  test('a table with a hole is seen', () => {
    const other = new Table()
    for (const op of operators) for (const list of lists) other.add(op, 'match', list)
    expect(other.holes()).toHaveLength(16 * 5 * 2)
    expect(other.holes()).toContain('cidr × wildcard × deny_if')
  })
})

interface Leaf {
  readonly path: string
  readonly op: Operator
  readonly value: unknown
}

function leavesIn(condition: unknown): readonly Leaf[] {
  if (Array.isArray(condition)) return condition.flatMap(leavesIn)
  if (typeof condition !== 'object' || condition === null) return []
  return 'op' in condition ? [condition as Leaf] : Object.values(condition).flatMap(leavesIn)
}

test('the random documents and calls meet every situation too', () => {
  const table = new Table()
  const samples = fc.sample(scenarios(6), { seed: 20_261_122, numRuns: 2_500 })
  for (const { document, inputs } of samples) {
    for (const entry of Object.values((document['tools'] ?? {}) as unknown as Record<string, JsonObject>)) {
      for (const list of lists) {
        for (const leaf of leavesIn(entry[list])) {
          const alone = { version: '1', tools: { t: { [list]: [{ conditions: [leaf] }] } } } as unknown as JsonObject
          for (const input of inputs) {
            const { effect, error } = specify(alone, { ...input, tool: 't' })
            const holds = error ? undefined : (effect === 'allow') === (list === 'require')
            table.add(leaf.op, situationOf(leaf.path, input, holds), list)
          }
        }
      }
    }
  }
  expect(table.holes()).toEqual([])
})
