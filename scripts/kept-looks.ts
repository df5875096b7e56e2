/**
 * Looks that are kept in a folder, so that a long run can be ended and go on later: what was seen once is not installed
 * again. What could not be seen is tried again.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Source } from './catalogue-sources.ts'
import type { Release } from './earlier-releases.ts'
import { type Look, lookAt, releasesOf } from './server-look.ts'

/** How to look at a version of a server and what releases there are. */
export interface Looking {
  look(source: Source, version: string): Promise<Look>
  releases(source: Source): Promise<readonly Release[]>
}

/** Looks anew each time, or with a folder, once. */
export function looking(folder: string | undefined): Looking {
  if (folder === undefined) return { look: lookAt, releases: source => releasesOf(source.package) }
  const once = async <T>(source: Source, name: string, make: () => Promise<T>): Promise<T> => {
    const file = join(folder, source.slug, `${name}.json`)
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as T
    const made = await make()
    mkdirSync(join(folder, source.slug), { recursive: true })
    writeFileSync(file, JSON.stringify(made))
    return made
  }
  return {
    look: (source, version) => once(source, version, () => lookAt(source, version)),
    releases: source => once(source, 'releases', () => releasesOf(source.package)),
  }
}
