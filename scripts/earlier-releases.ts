/**
 * Which earlier releases of a package are worth a look: the last one of each earlier line (major and minor number), the
 * steps between them growing, so that a few of them tell what was new lately and what has become of the server. Pure.
 */

/** What a registry says of one version. */
export interface Release {
  readonly version: string
  readonly deprecated: boolean
  /** The day the registry gives, absent where it gives none. */
  readonly day?: string
}

/**
 * At most `count` releases before the version, the newest first. Prereleases and deprecated releases only where there is
 * nothing else. Where the last releases of earlier lines do not suffice, any earlier release counts as a line.
 */
export function earlierReleases(releases: readonly Release[], before: string, count: number): readonly string[] {
  const earlier = releases.filter(({ version }) => compareVersions(version, before) < 0)
  const stable = earlier.filter(({ version }) => !version.includes('-'))
  const offered = [stable.filter(({ deprecated }) => !deprecated), stable, earlier].find(each => each.length > 0) ?? []
  const versions = offered.map(({ version }) => version).toSorted((a, b) => compareVersions(b, a))
  const lasts = lastOfLines(versions.filter(version => lineOf(version) !== lineOf(before)))
  return spread(lasts.length >= count ? lasts : versions, count)
}

/**
 * The last day on which a version can have been released: a mirror gives the day on which it first served one, and what
 * came before another version was released before it.
 */
export function releasedBy(releases: readonly Release[], version: string): string | undefined {
  const days = releases.flatMap(({ version: other, day }) =>
    day !== undefined && !other.includes('-') && compareVersions(other, version) >= 0 ? [day] : [],
  )
  return days.toSorted()[0]
}

function lastOfLines(versions: readonly string[]): readonly string[] {
  return versions.filter((version, at) => at === 0 || lineOf(version) !== lineOf(versions[at - 1] ?? ''))
}

/** `1.4` of `1.4.2`; in `0.0.x` every release is a line of its own. */
function lineOf(version: string): string {
  const [major, minor, patch] = version.split('.')
  return major === '0' && minor === '0' ? `0.0.${patch}` : `${major}.${minor}`
}

/** Those at the places 0, 2, 6, 14 …; evenly where the list is too short for that. */
function spread(versions: readonly string[], count: number): readonly string[] {
  const last = versions.length - 1
  if (count > last) return versions
  const places = Array.from({ length: count }, (_, at) => 2 ** (at + 1) - 2)
  const isShort = (places.at(-1) ?? 0) > last
  const chosen = isShort ? places.map((_, at) => Math.round((at * last) / Math.max(count - 1, 1))) : places
  return chosen.flatMap(at => versions[at] ?? [])
}

/** By Semantic Versioning 2.0.0, section 11. */
export function compareVersions(a: string, b: string): number {
  const [first, second] = [a, b].map(version => {
    const [plain = ''] = version.split('+')
    const dash = plain.indexOf('-')
    const [core, rest] = dash === -1 ? [plain, undefined] : [plain.slice(0, dash), plain.slice(dash + 1)]
    return { numbers: core.split('.').map(Number), rest: rest?.split('.') }
  })
  for (let at = 0; at < 3; at += 1) {
    const difference = (first?.numbers[at] ?? 0) - (second?.numbers[at] ?? 0)
    if (difference !== 0) return difference
  }
  if (first?.rest === undefined || second?.rest === undefined)
    return first?.rest === second?.rest ? 0 : first?.rest === undefined ? 1 : -1
  return comparePrereleases(first.rest, second.rest)
}

function comparePrereleases(a: readonly string[], b: readonly string[]): number {
  for (const [at, own] of a.entries()) {
    const other = b[at]
    if (other === undefined) return 1
    if (own === other) continue
    const [isNumber, isOtherNumber] = [/^\d+$/.test(own), /^\d+$/.test(other)]
    if (isNumber && isOtherNumber) return Number(own) - Number(other)
    return isNumber ? -1 : isOtherNumber || own > other ? 1 : -1
  }
  return a.length - b.length
}
