/** The colours of the catalogue: every text on every ground it stands on, in both schemes, by WCAG 2.2 (1.4.3, 1.4.11). */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const style = readFileSync('data/pages/style.css', 'utf8')

/** The variables of one block of `:root`. */
function variablesOf(block: string): Record<string, string> {
  return Object.fromEntries(
    [...block.matchAll(/--([a-z-]+):\s*(#[0-9a-f]{3,6});/g)].map(match => [match[1] ?? '', match[2] ?? '']),
  )
}

const light = variablesOf(/:root \{([\s\S]*?)\n\}/.exec(style)?.[1] ?? '')
const dark = {
  ...light,
  ...variablesOf(/prefers-color-scheme: dark\) \{\s*:root \{([\s\S]*?)\}/.exec(style)?.[1] ?? ''),
}

/** Relative luminance (WCAG 2.2, definitions). */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map(at => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(a: string, b: string): number {
  const [dim = 0, bright = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y)
  return (bright + 0.05) / (dim + 0.05)
}

const grounds = ['ground', 'raised', 'sunk']
const levels = ['low', 'medium', 'high', 'critical']
const texts: readonly (readonly [string, string])[] = [
  ...['text', 'quiet', 'link'].flatMap(text => grounds.map((ground): [string, string] => [text, ground])),
  ...levels.map((level): [string, string] => [level, `${level}-ground`]),
  ...grounds.map((ground): [string, string] => ['critical', ground]),
  ['text', 'mark'],
]

test.each([
  ['light', light],
  ['dark', dark],
] as const)(
  'in the %s scheme every text has a contrast of 4.5, every bar one of 3 or a word beside it',
  (_, colours) => {
    const weak = texts.flatMap(([text, ground]) => {
      const value = contrast(colours[text] ?? '#000000', colours[ground] ?? '#000000')
      return value >= 4.5 ? [] : [`${text} on ${ground}: ${value.toFixed(2)}`]
    })
    expect(weak).toEqual([])
    // borders of what can be typed into
    expect(contrast(colours['quiet'] ?? '', colours['ground'] ?? '')).toBeGreaterThanOrEqual(3)
  },
)

test('every colour is a variable, and both schemes set the same ones', () => {
  const rules = style.replace(/:root \{[\s\S]*?\n\s*\}/g, '')
  expect(rules.match(/#[0-9a-f]{3,8}\b|\brgba?\(|\bhsla?\(/gi) ?? []).toEqual([])
  const darkOnly = variablesOf(/prefers-color-scheme: dark\) \{\s*:root \{([\s\S]*?)\}/.exec(style)?.[1] ?? '')
  expect(Object.keys(darkOnly).toSorted()).toEqual(Object.keys(light).toSorted())
})

test('nothing is loaded: no imports, fonts or images', () => {
  expect(style).not.toMatch(/@import|@font-face|url\(/)
})
