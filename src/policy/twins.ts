/**
 * Values of different types that were equal in the engine of the public dialects, because it compared everything but two
 * numbers by the text Go writes for it: `1` and `"1"`, `true` and `"true"`, null and `"<nil>"`.
 */
import type { Json } from '../wire/json-types.ts'
import { kindOf } from './shape.ts'

/** The value of another type that has the same text, in words; none where there is no such value. */
export function twinWords(value: Json): readonly string[] {
  if (value === '<nil>') return ['null']
  const twin = twinOf(value)
  if (twin === undefined) {
    if (typeof value === 'string')
      return /^(?:\[.*\]|map\[.*\])$/s.test(value) ? ['a list or an object that is written the same'] : []
    return ['text that writes the same value']
  }
  return [
    typeof twin === 'string' ? `the text "${twin}"` : typeof twin === 'number' ? `the number ${twin}` : String(twin),
  ]
}

/**
 * The twins a list misses. Only of a list that mixes types: there a value unlike all of one type is still compared, and
 * found unequal, while a list of one type makes every unlike value an error.
 */
export function missingTwins(list: readonly Json[]): readonly Json[] {
  if (new Set(list.map(typeOf)).size < 2) return []
  const twins = list.flatMap(value => twinOf(value) ?? (value === '<nil>' ? [null] : []))
  return [...new Set(twins)].filter(twin => !list.includes(twin))
}

function typeOf(value: Json): string {
  return kindOf(value).replace(/^(?:true|false)$/, 'true or false')
}

function twinOf(value: Json): string | number | boolean | undefined {
  if (typeof value === 'number') return goText(value)
  if (typeof value === 'boolean') return String(value)
  if (value === null) return '<nil>'
  if (typeof value !== 'string') return undefined
  if (value === 'true' || value === 'false') return value === 'true'
  return value !== '' && goText(Number(value)) === value ? Number(value) : undefined
}

/** A number as Go writes it by default: `1e+06` from a million on, `1e-05` below a ten-thousandth. */
function goText(value: number): string {
  const [digits = '', exponent = '0'] = value.toExponential().split('e')
  const power = Number(exponent)
  if (!Number.isFinite(value) || (power >= -4 && power < 6)) return String(value)
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
}
