/**
 * What is wrong with the configuration itself, whatever the servers turn out to be: secrets written out, code that may
 * change between two starts, ways around the gateway. Pure; secrets are named, never quoted.
 */
import { limits } from '../../limits.ts'
import { canonicalJson } from '../../wire/canonical.ts'
import { isJsonObject, type Json, type JsonObject } from '../../wire/json-types.ts'
import { clientTitles } from '../clients/kinds.ts'
import { isPrivateHost } from '../clients/network.ts'
import type { ConfiguredServer } from '../clients/read.ts'
import { type ConfigPath, type Found, findingOf, type ReportFinding } from './finding.ts'
import { type LaunchedImage, type LaunchedPackage, launchOf } from './launch.ts'
import type { Place } from './place.ts'
import type { RuleId } from './rules.ts'
import { holdsSecretForm, isWrittenSecret, secretInAddress, secretWords } from './secrets.ts'

/** What has to be known beside the entries. */
export interface ConfigurationFacts {
  /** Files that accounts other than their owner's may read. */
  readonly readableByOthers: ReadonlySet<string>
  leadsToGateway(server: ConfiguredServer): boolean
  placeOf(server: ConfiguredServer, path: ConfigPath): Place
}

/** A finding and where in the entry it stands. */
type Located = Found & { readonly at: ConfigPath }

/** Everything found in the entries, by entry, in their order. */
export function configurationFindings(
  servers: readonly ConfiguredServer[],
  facts: ConfigurationFacts,
): ReadonlyMap<ConfiguredServer, readonly ReportFinding[]> {
  const isGuarded = servers.some(server => !server.isDisabled && facts.leadsToGateway(server))
  return new Map(
    servers.map(server => {
      const found = [
        ...secretsIn(server, facts),
        ...launchFindings(server),
        ...connectionFindings(server),
        ...settingsOf(server),
        ...amongOthers(server, servers),
        ...(isGuarded && !server.isDisabled && server.transport !== 'unknown' && !facts.leadsToGateway(server)
          ? [{ rule: 'around-gateway' as const, note: '', at: [] }]
          : []),
      ]
      return [
        server,
        found.map(({ at, ...rest }) => findingOf(rest, server.name, facts.placeOf(server, [...server.at, ...at]))),
      ]
    }),
  )
}

function secretsIn(server: ConfiguredServer, { readableByOthers }: ConfigurationFacts): readonly Located[] {
  const { command = '', url } = server
  const words = secretWords(server.args).map(({ index, name }) => ({ name, at: ['args', index] as ConfigPath }))
  const inAddress = url === undefined ? undefined : secretInAddress(url)
  const exposed = [
    ...words,
    ...(inAddress === undefined ? [] : [{ name: inAddress, at: [addressKey(server)] as ConfigPath }]),
    ...(holdsSecretForm(command) ? [{ name: 'command', at: ['command'] as ConfigPath }] : []),
  ]
  const kept = ['env', 'headers', 'http_headers'].flatMap(table => {
    const members = server.entry[table]
    if (members === undefined || !isJsonObject(members)) return []
    return Object.entries(members).flatMap(([name, value]) =>
      typeof value === 'string' && isWrittenSecret(name, value) ? [{ name, at: [table, name] as ConfigPath }] : [],
    )
  })
  const rule: RuleId | undefined =
    server.scope === 'project'
      ? 'secret-in-project-file'
      : readableByOthers.has(server.file)
        ? 'secret-readable-by-others'
        : undefined
  return [
    ...(rule === undefined ? [] : [...kept, ...exposed].map(({ name, at }) => ({ rule, note: '', quote: name, at }))),
    ...exposed.map(({ name, at }) => ({
      rule: 'secret-on-command-line' as const,
      note: url === undefined ? 'visible in the list of processes' : 'visible in logs of addresses',
      quote: name,
      at,
    })),
  ]
}

function addressKey({ entry }: ConfiguredServer): string {
  return ['httpUrl', 'url', 'serverUrl'].find(key => typeof entry[key] === 'string') ?? 'url'
}

function launchFindings({ command, args }: ConfiguredServer): readonly Located[] {
  if (command === undefined) return []
  const { package: started, image, shell } = launchOf(command, args)
  return [
    ...(started === undefined || started.version !== undefined ? [] : [unpinnedPackage(started)]),
    ...(image === undefined ? [] : imageFindings(image)),
    ...(shell === undefined ? [] : [{ rule: 'shell-wrapper' as const, note: '', at: ['command'] }]),
    ...(shell !== undefined && downloadsAndRuns.test(shell.slice(0, limits.classifyTextCharsMax))
      ? [{ rule: 'downloads-and-runs' as const, note: '', at: ['args'] }]
      : []),
  ]
}

const downloadsAndRuns =
  /\b(?:curl|wget|irm|iwr|invoke-webrequest)\b[^;]*?\|\s*(?:sudo\s+)?(?:sh|bash|zsh|iex|python3?|node|perl|ruby)\b|\b(?:sh|bash|eval)\b[^;|]*(?:<\(|\$\(|`)\s*(?:curl|wget)\b/i

function unpinnedPackage({ registry, name, index }: LaunchedPackage): Located {
  const note = registry === 'address' ? 'from an address, at no fixed commit' : ''
  return { rule: 'unpinned-package', note, quote: name, at: index === undefined ? ['args'] : ['args', index] }
}

function imageFindings({ name, tag, digest, index }: LaunchedImage): readonly Located[] {
  if (digest !== undefined) return []
  const at = index === undefined ? ['args'] : ['args', index]
  if (tag === undefined || tag === 'latest') {
    const note = tag === undefined ? 'without a tag, which means `latest`' : 'with the tag `latest`'
    return [{ rule: 'unpinned-image', note, quote: name, at }]
  }
  return [{ rule: 'image-by-tag', note: '', quote: `${name}:${tag}`, at }]
}

function connectionFindings(server: ConfiguredServer): readonly Located[] {
  const { url, transport, env } = server
  const at = [addressKey(server)]
  const found: Located[] = []
  const verify = env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0' || /^(0|false)$/i.test(env['PYTHONHTTPSVERIFY'] ?? '')
  if (verify) {
    const name = env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0' ? 'NODE_TLS_REJECT_UNAUTHORIZED' : 'PYTHONHTTPSVERIFY'
    found.push({ rule: 'tls-not-verified', note: '', quote: name, at: ['env', name] })
  }
  if (transport === 'unknown') found.push({ rule: 'unusable-entry', note: '', at: [] })
  if (url === undefined) return found
  if (transport === 'ws') found.push({ rule: 'unusable-entry', note: 'WebSocket is no transport of MCP', at })
  if (transport === 'sse') found.push({ rule: 'sse-transport', note: '', at })
  if (/^(http|ws):/i.test(url) && URL.canParse(url) && !isPrivateHost(url))
    found.push({ rule: 'plain-http', note: '', quote: new URL(url).host, at })
  return found
}

/** Members by which clients call tools without asking: Gemini CLI's `trust`, lists of other clients. */
function settingsOf({ entry }: ConfiguredServer): readonly Located[] {
  if (entry['trust'] === true)
    return [{ rule: 'no-confirmation', note: 'for every tool', quote: 'trust', at: ['trust'] }]
  return ['alwaysAllow', 'autoApprove', 'autoApproved'].flatMap((key): Located[] => {
    const value = entry[key]
    const isAll = value === true || (Array.isArray(value) && (value as readonly Json[]).includes('*'))
    return isAll ? [{ rule: 'no-confirmation', note: 'for every tool', quote: key, at: [key] }] : []
  })
}

/** What the other entries of the same client say about this one. The later entry is the one that is too much. */
function amongOthers(server: ConfiguredServer, all: readonly ConfiguredServer[]): readonly Located[] {
  if (server.isDisabled || server.transport === 'unknown') return []
  const before = all
    .slice(0, all.indexOf(server))
    .filter(({ client, isDisabled }) => client === server.client && !isDisabled)
  const same = before.find(other => sameStart(other) === sameStart(server))
  if (same !== undefined)
    return [
      { rule: 'same-server-twice', note: `${clientTitles[server.client]} has it already`, quote: same.name, at: [] },
    ]
  const namesake = before.find(({ name }) => name === server.name)
  if (namesake === undefined) return []
  const note = `${clientTitles[server.client]} has another one of that name (${namesake.scope})`
  return [{ rule: 'name-in-two-files', note, quote: server.name, at: [] }]
}

/** Equal for entries that start or reach the same thing in the same way, as written. */
export function sameStart({ command, args, env, url, headers }: ConfiguredServer): string {
  const start: JsonObject = { command: command ?? '', args, env, url: url ?? '', headers }
  return canonicalJson(start)
}
