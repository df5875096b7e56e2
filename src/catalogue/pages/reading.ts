/**
 * What the pages are made from, read from the files that come with the program: servers, attacks, measured accuracy,
 * style and script. The only file of this folder that reads; one that cannot be read is a fault: it came with us.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { Fault } from '../../errors.ts'
import type { Json } from '../../wire/json-types.ts'
import { allAttacks } from '../attacks/database.ts'
import type { Attack } from '../attacks/model.ts'
import { shippedServers } from '../shipped.ts'
import { type Accuracy, readAccuracy } from './accuracy.ts'
import type { ServerRecord } from './record.ts'
import type { SiteAssets } from './site.ts'

const folder = new URL('../../../data/', import.meta.url)

export interface ShippedData {
  readonly records: readonly ServerRecord[]
  readonly attacks: readonly Attack[]
  readonly accuracy?: Accuracy
  readonly assets: SiteAssets
}

/** Reads everything. Throws Fault ERR_CATALOGUE_DATA. */
export function readShipped(): ShippedData {
  const accuracy = readOptional('pages/accuracy.json')
  return {
    records: shippedServers().map(({ record }) => record),
    attacks: allAttacks(),
    ...(accuracy === undefined ? {} : { accuracy }),
    assets: { style: textOf('pages/style.css'), script: textOf('pages/site.js') },
  }
}

function readOptional(file: string): Accuracy | undefined {
  return listOf('pages/').includes(file.slice('pages/'.length)) ? readAccuracy(jsonOf(file)) : undefined
}

function jsonOf(file: string): Json {
  const text = textOf(file)
  try {
    return JSON.parse(text) as Json
  } catch (error) {
    throw new Fault('ERR_CATALOGUE_DATA', { file, reason: 'it is no JSON' }, error)
  }
}

function textOf(file: string): string {
  return attempt(file, () => readFileSync(new URL(file, folder), 'utf8'))
}

function listOf(place: string): readonly string[] {
  return attempt(place, () => readdirSync(new URL(place, folder)))
}

function attempt<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Fault('ERR_CATALOGUE_DATA', { file, reason }, error)
  }
}
