import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createSeal } from './seal.ts'

const seal = createSeal(randomBytes(32), randomBytes)

test('a sealed value opens for its purpose and for no other', () => {
  const text = seal.seal({ a: 1 }, 'session')
  expect(seal.open(text, 'session')).toEqual({ a: 1 })
  expect(seal.open(text, 'state')).toBeUndefined()
})

test('another key, a flipped bit, a cut or a longer text does not open', () => {
  const text = seal.seal({ a: 1 }, 'state')
  expect(createSeal(randomBytes(32), randomBytes).open(text, 'state')).toBeUndefined()
  for (let at = 0; at < text.length; at += 1) {
    const flipped = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)
    expect(seal.open(flipped, 'state')).toBeUndefined()
  }
  expect(seal.open(text.slice(0, -1), 'state')).toBeUndefined()
  expect(seal.open(`${text}A`, 'state')).toBeUndefined()
  expect(seal.open(`${text}-TAMPERED`, 'state')).toBeUndefined()
  expect(seal.open('', 'state')).toBeUndefined()
  expect(seal.open('=', 'state')).toBeUndefined()
})

test('two seals of one value are two texts', () => {
  expect(seal.seal({ a: 1 }, 'state')).not.toBe(seal.seal({ a: 1 }, 'state'))
})
