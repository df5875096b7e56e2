import fc from 'fast-check'
import { expect, test } from 'vitest'
import { periodName } from '../../test/property/budget-model.ts'
import { Calendar, calendarOf } from './calendar.ts'

const minute = 60_000
const hour = 60 * minute
const units = ['minute', 'hour', 'day', 'week', 'month'] as const

test('a period ends where the clocks first show another one, and its number rises', () => {
  const at = (text: string) => Date.parse(text)
  const table: readonly (readonly [
    unit: (typeof units)[number],
    zone: string,
    from: string,
    end: string,
    name: string,
  ])[] = [
    ['minute', 'UTC', '2026-11-22T14:30:59.999Z', '2026-11-22T14:31:00Z', '2026-11-22 14:31 UTC'],
    ['hour', 'Asia/Kolkata', '2026-11-22T14:29:00Z', '2026-11-22T14:30:00Z', '2026-11-22 20:00 Asia/Kolkata'],
    ['month', 'Europe/Berlin', '2026-11-22T14:30:00Z', '2026-11-30T23:00:00Z', '2026-12-01 00:00 Europe/Berlin'],
    ['month', 'UTC', '2028-02-01T00:00:00Z', '2028-03-01T00:00:00Z', '2028-03-01 00:00 UTC'],
    ['week', 'UTC', '2026-11-23T00:00:00Z', '2026-11-30T00:00:00Z', '2026-11-30 00:00 UTC'],
    ['week', 'UTC', '2026-11-22T23:59:59Z', '2026-11-23T00:00:00Z', '2026-11-23 00:00 UTC'],
    // 23 and 25 hours
    ['day', 'Europe/Berlin', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z', '2026-03-30 00:00 Europe/Berlin'],
    ['day', 'Europe/Berlin', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z', '2026-10-26 00:00 Europe/Berlin'],
    // the hour that is repeated is one period
    ['hour', 'Europe/Berlin', '2026-10-25T00:00:00Z', '2026-10-25T02:00:00Z', '2026-10-25 03:00 Europe/Berlin'],
    ['hour', 'Europe/Berlin', '2026-03-29T00:30:00Z', '2026-03-29T01:00:00Z', '2026-03-29 03:00 Europe/Berlin'],
    // half an hour, at Lord Howe
    [
      'hour',
      'Australia/Lord_Howe',
      '2026-04-04T14:00:00Z',
      '2026-04-04T15:30:00Z',
      '2026-04-05 02:00 Australia/Lord_Howe',
    ],
    // midnight does not exist, or comes twice
    ['day', 'Asia/Beirut', '2026-03-28T12:00:00Z', '2026-03-28T22:00:00Z', '2026-03-29 01:00 Asia/Beirut'],
    ['day', 'Asia/Beirut', '2026-10-24T12:00:00Z', '2026-10-24T22:00:00Z', '2026-10-25 00:00 Asia/Beirut'],
    // a day that Samoa left out
    ['day', 'Pacific/Apia', '2011-12-29T12:00:00Z', '2011-12-30T10:00:00Z', '2011-12-31 00:00 Pacific/Apia'],
  ]
  for (const [unit, zone, from, end, name] of table) {
    const calendar = new Calendar({ unit, zone })
    expect(new Date(calendar.endOf(at(from))).toISOString(), `${unit} ${zone} ${from}`).toBe(
      new Date(at(end)).toISOString(),
    )
    expect(calendar.textOf(at(end))).toBe(name)
    expect(calendar.idAt(at(end))).toBeGreaterThan(calendar.idAt(at(from)))
    expect(calendar.idAt(at(end) - 1)).toBe(calendar.idAt(at(from)))
  }
})

/** Moments at which some zone changes its clocks, with their surroundings, and any others. */
const changes = [
  '2026-03-29T01:00Z',
  '2026-10-25T01:00Z',
  '2026-11-01T06:00Z',
  '2027-03-14T07:00Z',
  '2011-12-30T10:00Z',
  '2026-04-04T15:00Z',
  '2010-11-07T02:31Z',
  '2027-02-06T02:00Z',
  '2027-03-14T02:00Z',
]
const instants = fc.oneof(
  fc
    .tuple(fc.constantFrom(...changes), fc.integer({ min: -4 * hour, max: 4 * hour }))
    .map(([text, by]) => Date.parse(text) + by),
  fc.integer({ min: Date.UTC(1975, 0), max: Date.UTC(2060, 0) }),
)
const zones = fc.constantFrom(
  ...[
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'America/St_Johns',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Pacific/Apia',
  ],
  ...['Africa/Casablanca', 'America/Havana', 'Asia/Beirut', 'Antarctica/Troll', 'Pacific/Chatham', 'America/Santiago'],
)

test('two instants have one number exactly if the clocks show one period, and the order is that of the clocks', () => {
  fc.assert(
    fc.property(
      zones,
      fc.constantFrom(...units),
      instants,
      instants,
      fc.integer({ min: 0, max: 3 * hour }),
      (zone, unit, one, far, near) => {
        const calendar = calendarOf({ unit, zone })
        for (const other of [far, one + near]) {
          const [left, right] = [periodName(unit, zone, one), periodName(unit, zone, other)]
          expect(Math.sign(calendar.idAt(one) - calendar.idAt(other))).toBe(left === right ? 0 : left < right ? -1 : 1)
        }
      },
    ),
    { numRuns: 1_000 },
  )
})

test('the end of a period is the first minute that shows another one', () => {
  fc.assert(
    fc.property(
      zones,
      fc.constantFrom('minute' as const, 'hour' as const, 'day' as const),
      instants,
      (zone, unit, ms) => {
        const calendar = calendarOf({ unit, zone })
        const name = periodName(unit, zone, ms)
        let end = Math.floor(ms / minute) * minute + minute
        while (periodName(unit, zone, end) === name) end += minute
        expect(new Date(calendar.endOf(ms)).toISOString()).toBe(new Date(end).toISOString())
        expect(calendar.before(ms, 0)).toBeLessThan(ms)
      },
    ),
    { numRuns: 100 },
  )
})

test('the look back begins before everything the clocks showed at that time', () => {
  fc.assert(
    fc.property(
      zones,
      fc.constantFrom(...units),
      instants,
      fc.integer({ min: 0, max: 3 * hour }),
      (zone, unit, ms, slackMs) => {
        const calendar = calendarOf({ unit, zone })
        expect(calendar.idAt(calendar.before(ms, slackMs))).toBeLessThan(calendar.idAt(ms - slackMs))
      },
    ),
    { numRuns: 1_000 },
  )
})
