/**
 * What has become of a server: steps from one of its versions to the next, the newest first. A new version puts a step
 * before them, a look at an earlier release one behind them; none is ever lost.
 */
import type { JsonObject } from '../src/wire/json-types.ts'
import type { Source } from './catalogue-sources.ts'
import { earlierReleases, type Release, releasedBy } from './earlier-releases.ts'
import { digestsOf, earliestTools, type StoredStep, stepBetween, type Version } from './history-step.ts'
import type { Looking } from './kept-looks.ts'
import type { Look } from './server-look.ts'

export interface Filled {
  readonly history: readonly StoredStep[]
  /** Releases that could not be seen, each with the reason. */
  readonly notSeen: readonly string[]
}

/** The history of a server that was just looked at: the step from what its file says, where that is another version. */
export async function historyAfter(
  record: JsonObject,
  source: Source,
  look: Look,
  { releases }: Pick<Looking, 'releases'>,
): Promise<readonly StoredStep[]> {
  const history = historyOf(record)
  const version = record['version']
  if (typeof version !== 'string' || version === source.version) return history
  const known = await releases(source)
  const before: Version = {
    version,
    releasedBy: releasedBy(known, version),
    day: String(record['scannedAt']),
    tools: record['tools'] as unknown as readonly JsonObject[],
    digests: digestsOf(record),
  }
  return [stepBetween(before, versionOf(look, source.version, known)), ...history]
}

/** The history with earlier releases behind it, until there are `count` steps or nothing is left to look at. */
export async function filledHistory(
  record: JsonObject,
  source: Source,
  count: number,
  { look, releases }: Looking,
): Promise<Filled> {
  const history = [...historyOf(record)]
  const notSeen: string[] = []
  const missing = count - history.length
  if (missing <= 0) return { history, notSeen }
  const known = await releases(source)
  let after = earliest(record, history, known)
  for (const version of earlierReleases(known, after.version, missing)) {
    try {
      const seen = await look(source, version)
      if (seen.tools.length === 0) throw new Error('it lists no tools, as it is started here')
      const before = versionOf(seen, version, known)
      history.push(stepBetween(before, after))
      after = before
    } catch (error) {
      notSeen.push(`${version}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`)
    }
  }
  return { history, notSeen }
}

function historyOf(record: JsonObject): readonly StoredStep[] {
  return (record['history'] ?? []) as unknown as readonly StoredStep[]
}

function versionOf(look: Look, version: string, known: readonly Release[]): Version {
  return { version, releasedBy: releasedBy(known, version), day: look.day, tools: look.tools, digests: digestsOf(look) }
}

/** The earliest version that a file knows of. */
function earliest(record: JsonObject, history: readonly StoredStep[], known: readonly Release[]): Version {
  const tools = earliestTools(history, record['tools'] as unknown as readonly JsonObject[])
  const last = history.at(-1)
  const version = last?.from ?? String(record['version'])
  return {
    version,
    releasedBy: releasedBy(known, version),
    day: last?.scannedAt ?? String(record['scannedAt']),
    tools,
    digests: last?.digests ?? digestsOf(record),
  }
}
