/** The `http` settings of sallyport.yaml: under which names clients reach the gateway, through which proxies, and what it serves beside MCP. */
import ipaddr from 'ipaddr.js'
import { pointer } from '../policy/problem.ts'
import { readObject } from '../policy/shape.ts'
import type { Json } from '../wire/json-types.ts'
import { type ReadContext, readOptionalText, readTexts } from './context.ts'

export interface HttpSettings {
  /** Further values of `Host`, beside the loopback names and that of `publicUrl`. */
  readonly hosts: readonly string[]
  /** Scheme and authority under which clients reach the gateway, when a proxy stands before it. */
  readonly publicUrl?: string
  /** Addresses of the TLS proxies that stand before the gateway; needed to listen on more than loopback. */
  readonly behindTlsProxy: readonly string[]
  /** Whether the public catalogue is served under /catalogue/, to anybody. */
  readonly catalogue?: boolean
}

export const httpKeys = ['hosts', 'publicUrl', 'behindTlsProxy', 'catalogue'] as const

export const noHttpSettings: HttpSettings = { hosts: [], behindTlsProxy: [] }

const hostPattern = /^(?:\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)$/

/** Reads the settings; a wildcard is never a host or a proxy (CVE-2026-76835). */
export function readHttp(context: ReadContext, value: Json | undefined, at: string): HttpSettings {
  if (value === undefined || value === null) return noHttpSettings
  const object = readObject(context.log, value, at, httpKeys)
  if (object === undefined) return noHttpSettings
  const hosts = readTexts(context, object, 'hosts', at).map(host => host.toLowerCase())
  for (const [index, host] of hosts.entries())
    if (!hostPattern.test(host))
      context.log.error(
        'bad-value',
        pointer(pointer(at, 'hosts'), index),
        `\`${host.slice(0, 80)}\` is not a host name`,
        'write each name out, without scheme or port, such as `gateway.example.com`',
      )
  const proxies = readTexts(context, object, 'behindTlsProxy', at)
  for (const [index, proxy] of proxies.entries())
    if (!isProxyAddress(proxy))
      context.log.error(
        'bad-value',
        pointer(pointer(at, 'behindTlsProxy'), index),
        `\`${proxy.slice(0, 80)}\` does not name proxies`,
        'write the address of each proxy, or a small range such as `10.0.3.0/28`',
      )
  const publicUrl = readPublicUrl(context, readOptionalText(context, object, 'publicUrl', at), pointer(at, 'publicUrl'))
  const catalogue = object['catalogue'] ?? false
  if (typeof catalogue !== 'boolean')
    context.log.error(
      'bad-value',
      pointer(at, 'catalogue'),
      'it is neither true nor false',
      'write `true` to serve the public catalogue under /catalogue/, without a credential',
    )
  return {
    hosts,
    behindTlsProxy: proxies,
    ...(catalogue === true ? { catalogue } : {}),
    ...(publicUrl === undefined ? {} : { publicUrl }),
  }
}

/** One address, or a range that is still a choice: no more than 256 (IPv4) addresses, or a /120. */
function isProxyAddress(text: string): boolean {
  if (ipaddr.isValid(text)) return ipaddr.parse(text).range() !== 'unspecified'
  if (!ipaddr.isValidCIDR(text)) return false
  const [address, bits] = ipaddr.parseCIDR(text)
  return bits >= (address.kind() === 'ipv4' ? 24 : 120)
}

function readPublicUrl(context: ReadContext, text: string | undefined, at: string): string | undefined {
  if (text === undefined) return undefined
  const url = URL.parse(text)
  if (
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    url.pathname === '/' &&
    url.search === '' &&
    url.hash === '' &&
    url.username === ''
  )
    return url.origin
  context.log.error(
    'bad-value',
    at,
    `\`${text.slice(0, 80)}\` is not an origin`,
    'write scheme and host only, such as `https://gateway.example.com`',
  )
  return undefined
}
