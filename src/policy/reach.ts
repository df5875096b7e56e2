/**
 * Following a path into a call. Own properties only. Three answers: a value; `absent` (a member, element or context
 * that is not there, also below null); `broken` (a step that does not fit, such as a member of a text), which errs:
 * a caller must not be able to leave a rule by sending another shape.
 */
import type { Json, JsonObject } from '../wire/json-types.ts'
import type { Path, Step } from './path.ts'
import type { DecisionInput } from './verdict.ts'
import { zoneTime } from './zone.ts'

export const absent: unique symbol = Symbol('absent')
export const broken: unique symbol = Symbol('broken')

export type Found = Json | typeof absent | typeof broken
export type Reach = (input: DecisionInput) => Found

/** A reader of the part of `path` before its first `[*]`. `zone` is the IANA zone of `time.*`. */
export function compileReach(path: Path, zone: string): Reach {
  const steps = leading(path)
  const [first, ...rest] = steps
  switch (path.root) {
    case 'args':
      return argsReach(steps)
    case 'caller':
      return input => follow(input.caller as unknown as Json, steps)
    case 'grant':
      return input => follow(input.grant as unknown as Json, steps)
    case 'server':
      return input => follow(input.server as unknown as Json, steps)
    case 'tool':
      return toolReach(first, rest)
    case 'time':
      return timeReach(first, rest, zone)
    case 'result':
      return resultReach(first, steps)
  }
}

function resultReach(first: Step | undefined, steps: readonly Step[]): Reach {
  const key = first !== undefined && 'key' in first ? first.key : ''
  return ({ answer }) => {
    if (answer === undefined) return absent
    return follow(answer.members.has(key) ? answer.whole : (answer.data ?? absent), steps)
  }
}

/** The steps before the first `[*]`. */
function leading(path: Path): readonly Step[] {
  const each = path.steps.findIndex(step => 'each' in step)
  return each === -1 ? path.steps : path.steps.slice(0, each)
}

/** The steps after the first `[*]`, or `undefined` when there is none. */
export function stepsBehindEach(path: Path): readonly Step[] | undefined {
  const each = path.steps.findIndex(step => 'each' in step)
  return each === -1 ? undefined : path.steps.slice(each + 1)
}

function argsReach(steps: readonly Step[]): Reach {
  const [only, ...more] = steps
  if (only !== undefined && 'key' in only && more.length === 0) {
    const { key } = only
    return ({ args }) => (Object.hasOwn(args, key) ? (args[key] ?? (args[key] === null ? null : absent)) : absent)
  }
  return input => follow(input.args, steps)
}

function toolReach(first: Step | undefined, rest: readonly Step[]): Reach {
  const key = first !== undefined && 'key' in first ? first.key : ''
  if (key === 'name') return input => follow(input.tool, rest)
  if (key === 'annotations') return input => follow(input.facts.annotations, rest)
  return input => follow((key === 'category' ? input.facts.category : input.facts.severity) ?? absent, rest)
}

/** Follows `steps` (no `[*]` among them) from `start`. */
export function follow(start: Found, steps: readonly Step[]): Found {
  let value: Found = start
  for (const step of steps) {
    if (value === absent || value === broken) return value
    value = stepInto(value, step)
  }
  return value
}

function stepInto(value: Json, step: Step): Found {
  if (value === null) return absent
  if ('key' in step) {
    if (typeof value !== 'object' || Array.isArray(value)) return broken
    const object = value as JsonObject
    return Object.hasOwn(object, step.key) ? (object[step.key] ?? (object[step.key] === null ? null : absent)) : absent
  }
  if (!Array.isArray(value) || !('index' in step)) return broken
  const list = value as readonly Json[]
  return step.index < list.length ? (list[step.index] ?? null) : absent
}

function timeReach(first: Step | undefined, rest: readonly Step[], zone: string): Reach {
  const part = first !== undefined && 'key' in first ? first.key : ''
  return input => follow(timePart(part, input, zone), rest)
}

function timePart(part: string, { time, timeMs }: DecisionInput, zone: string): Found {
  if (time !== undefined) return (part === 'hour' ? time.hour : part === 'weekday' ? time.weekday : time.date) ?? absent
  if (!Number.isFinite(timeMs) || Math.abs(timeMs) > 8.64e15) return broken
  const { year, month, day, hour, weekday } = zoneTime(zone, timeMs)
  if (part === 'hour') return hour
  if (part === 'weekday') return weekday
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}`
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, '0')
}
