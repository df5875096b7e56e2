/** The list of servers that the shipped catalogue is made from: `data/servers/sources.yaml`, and where their files are. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { JsonObject } from '../src/wire/json-types.ts'

export interface Source {
  readonly slug: string
  readonly title: string
  readonly package: string
  readonly version: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** The program, where the package has several. */
  readonly bin?: string
}

const folder = new URL('../data/servers/', import.meta.url).pathname

/** The servers with these slugs, in the order of the list; all of them for none. */
export function readSources(slugs: readonly string[]): readonly Source[] {
  const sources = parse(readFileSync(join(folder, 'sources.yaml'), 'utf8')) as readonly Source[]
  const unknown = slugs.filter(each => sources.every(({ slug }) => slug !== each))
  if (unknown.length > 0) throw new Error(`not in sources.yaml: ${unknown.join(', ')}`)
  return sources.filter(({ slug }) => slugs.length === 0 || slugs.includes(slug))
}

export function fileOf({ slug }: Source): string {
  return join(folder, `${slug}.json`)
}

/** What stands in the file of a server; nothing when it has none yet. */
export function recordOf(source: Source): JsonObject | undefined {
  const file = fileOf(source)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as JsonObject) : undefined
}
