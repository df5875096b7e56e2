/**
 * The servers of all clients as servers of one gateway: the same server under several clients becomes one, different
 * ones under one name get names of their own. Values that look like secrets leave the configuration: they are named
 * `env:…` and kept in a file of their own.
 */
import { basename } from 'node:path'
import { type EntrySource, entryOf } from '../../catalogue/clients/entry.ts'
import type { ConfiguredServer } from '../../catalogue/clients/read.ts'
import { serverNameProblem } from '../../config/names.ts'
import type { UpstreamEntry } from '../../upstream/upstream.ts'
import { canonicalJson } from '../../wire/canonical.ts'
import type { Json } from '../../wire/json-types.ts'

/** One server behind the gateway, and every client entry it stands for. */
export interface GatheredServer {
  /** Its name at the gateway. */
  readonly name: string
  readonly entry: UpstreamEntry
  readonly configured: readonly ConfiguredServer[]
}

export interface Gathering {
  readonly servers: readonly GatheredServer[]
  /** Entries that stay as they are, with the reason. */
  readonly left: readonly { readonly configured: ConfiguredServer; readonly reason: string }[]
}

export interface GatheringSource extends EntrySource {
  /** Addresses of the gateway itself: entries that lead there are wired already. */
  readonly gatewayUrl: string
  /** Why an entry cannot be changed in its file; nothing when it can. */
  readonly unchangeable?: (configured: ConfiguredServer) => string | undefined
}

/** Brings the entries of all clients together. Pure; order is the order given. */
export function gather(configured: readonly ConfiguredServer[], source: GatheringSource): Gathering {
  const servers = new Map<string, { entry: UpstreamEntry; configured: ConfiguredServer[] }>()
  const left: { configured: ConfiguredServer; reason: string }[] = []
  for (const each of configured) {
    const reason = reasonToLeave(each, source)
    if (reason !== undefined) {
      left.push({ configured: each, reason })
      continue
    }
    const entry = entryOf(each, source)
    if (!entry.ok) {
      left.push({ configured: each, reason: entry.refusal.message })
      continue
    }
    const key = canonicalJson(sameness(entry.value, each.cwd !== undefined))
    const known = servers.get(key)
    if (known === undefined) servers.set(key, { entry: entry.value, configured: [each] })
    else known.configured.push(each)
  }
  return { servers: named([...servers.values()]), left }
}

function reasonToLeave(each: ConfiguredServer, { gatewayUrl, unchangeable }: GatheringSource): string | undefined {
  if (each.isDisabled) return 'it is switched off'
  if (each.scope === 'managed') return 'it is set by an administrator'
  if (leadsToGateway(each, gatewayUrl)) return 'it leads to the gateway already'
  for (const [member, reason] of Object.entries(clientsOwn)) {
    const value = Object.hasOwn(each.entry, member) ? each.entry[member] : undefined
    if (value !== undefined && value !== null && value !== false) return reason
  }
  return unchangeable?.(each)
}

/** Members for which the client does something itself that would be lost behind the gateway. */
const clientsOwn = {
  sandboxEnabled: 'its client runs it in a sandbox, which the gateway does not give',
  headersHelper: 'its headers come from a program of its client (`headersHelper`)',
  oauth: 'its client signs in for it (`oauth`)',
  auth: 'its client signs in for it (`auth`)',
  authProviderType: 'its client signs in for it (`authProviderType`)',
} as const

/** Whether an entry is the gateway's own: its address under any of its names, the bridge to it, or a token of one. */
export function leadsToGateway(each: ConfiguredServer, gatewayUrl: string): boolean {
  if (each.command !== undefined) return isBridge(each)
  return isGatewayAddress(each.url ?? '', gatewayUrl) || hasGatewayToken(each)
}

/** `localhost` and `127.0.0.1` are one place. */
function isGatewayAddress(url: string, gatewayUrl: string): boolean {
  const [here, gateway] = [URL.parse(url), URL.parse(gatewayUrl)]
  if (here === null || gateway === null || !/^\/mcp(\/|$)/.test(here.pathname)) return false
  const isLocal = ({ hostname }: URL) => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
  return here.origin === gateway.origin || (isLocal(here) && isLocal(gateway) && here.port === gateway.port)
}

/** A token of a gateway, or the variable for one, says where an entry leads whatever the address. */
function hasGatewayToken({ headers }: ConfiguredServer): boolean {
  return Object.values(headers).some(value => /\bsp_[\w-]{43}(?![\w-])|\bSALLYPORT_TOKEN/.test(value))
}

function isBridge({ command = '', args }: ConfiguredServer): boolean {
  return (
    args.includes('connect') &&
    (/^sallyport/.test(basename(command)) || args.some(word => /sallyport|src\/main\.ts$/.test(word)))
  )
}

/**
 * Two entries are one server when they start or reach the same thing in the same way. The folder it starts in tells them
 * apart where it can matter: it is configured, or a word is relative to it.
 */
function sameness(entry: UpstreamEntry, isPlaced: boolean): Json {
  if (entry.kind === 'http') return { url: entry.url, headers: entry.headers }
  const { command, args, env, cwd } = entry
  const isRelative = [command, ...args].some(word => /(^|=)\.{1,2}([/\\]|$)/.test(word))
  return { command, args, env, ...((isRelative || isPlaced) && cwd !== undefined ? { cwd } : {}) }
}

function named(
  found: readonly { entry: UpstreamEntry; configured: readonly ConfiguredServer[] }[],
): readonly GatheredServer[] {
  const taken = new Set<string>()
  return found.map(({ entry, configured }) => {
    const name = freeName(serverName(entry.name), configured[0]?.client ?? 'client', taken)
    taken.add(name)
    return { name, entry: { ...entry, name }, configured }
  })
}

/** A name the gateway takes, as near as possible to the one the client uses. */
function serverName(name: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '-')
    .replace(/[-_]{2,}/g, '-')
    .slice(0, 30)
    .replace(/^[-_]+|[-_]+$/g, '')
  const candidate = plain === '' ? 'server' : plain
  return serverNameProblem(candidate) === undefined ? candidate : `${candidate}-server`
}

function freeName(name: string, client: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name
  const withClient = `${name.slice(0, 20)}-${client}`
  if (!taken.has(withClient)) return withClient
  for (let number = 2; ; number += 1) if (!taken.has(`${name}-${number}`)) return `${name}-${number}`
}

/** A value that must not stand in a configuration file: by its name, or because it looks like a credential. */
export function isSecret(name: string, value: string): boolean {
  if (/(key|token|secret|passw|credential|auth|cookie|dsn|private|cert|session)/i.test(name)) return value !== ''
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]+:[^/\s@]+@/i.test(value)) return true
  return (
    /^(sk|pk|rk|ghp|gho|ghs|github_pat|glpat|xox[a-z]|sbp|ntn|pat|eyJ)[-_A-Za-z0-9]/.test(value) && value.length >= 16
  )
}
