/**
 * One threat, one file: a server address that leads inside (SSRF). An address is judged when connected, not when
 * written: the connector checks the literal or every address the name resolves to, and connects to exactly those
 * (no second lookup: DNS rebinding, CVE-2026-77822). v4-mapped and NAT64 addresses are judged as what they reach
 * (GO-2026-5996). `public`: global unicast over https only. `private`: loopback, private, unique-local and shared
 * ranges too, http allowed; never link-local (169.254.169.254), unspecified, multicast or reserved.
 */
import { lookup as systemLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { buildConnector } from 'undici'
import { accepted, Fault, type Result, refused } from '../errors.ts'
import { limits } from '../limits.ts'

export interface ResolvedAddress {
  readonly address: string
  readonly family: number
}

/** Name resolution: all addresses of a host name. */
export type Resolve = (
  hostname: string,
  callback: (error: Error | null, addresses: readonly ResolvedAddress[]) => void,
) => void

/** Whose addresses may be connected to. */
export interface EgressRule {
  readonly server: string
  readonly network: 'public' | 'private'
}

const privateRanges: ReadonlySet<string> = new Set(['unicast', 'loopback', 'private', 'uniqueLocal', 'carrierGradeNat'])
const globalUnicast6 = ipaddr.IPv6.parseCIDR('2000::/3')
const nat64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96')

/** The machine's own resolver, hosts file included. */
export const resolveBySystem: Resolve = (hostname, callback) => {
  systemLookup(hostname, { all: true }, (error, addresses) => callback(error, addresses ?? []))
}

/**
 * Judges a URL as written: http or https only, no user name in it, http only for `network: private`, and its literal
 * address if it has one. Refuses with ERR_UPSTREAM_EGRESS.
 */
export function readTarget(text: string, rule: EgressRule): Result<URL> {
  if (!URL.canParse(text)) return refusedTarget(text, rule, 'it is not a URL')
  const url = new URL(text)
  const host = url.hostname
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return refusedTarget(host, rule, 'only https and http')
  if (url.username !== '' || url.password !== '') return refusedTarget(host, rule, 'a URL must not hold credentials')
  if (url.protocol === 'http:' && rule.network === 'public') {
    return refusedTarget(host, rule, 'plain http is allowed only with `network: private`; use https')
  }
  const problem = problemOfHost(bare(host), rule.network)
  return problem === undefined ? accepted(url) : refusedTarget(host, rule, problem)
}

/** Literal addresses, and the names that mean this machine whatever a resolver says (RFC 6761 section 6.3). */
function problemOfHost(host: string, network: 'public' | 'private'): string | undefined {
  if (ipaddr.isValid(host)) return problemOf(host, network)
  const isLocal = host === 'localhost' || host.endsWith('.localhost')
  return isLocal && network === 'public' ? 'the name means this machine' : undefined
}

/** Why this address may not be connected to, or undefined. Never throws. */
export function problemOf(address: string, network: 'public' | 'private'): string | undefined {
  if (!ipaddr.isValid(address)) return `\`${address}\` is not an address`
  const reached = unwrap(ipaddr.parse(address))
  const range = reached.range()
  if (network === 'private') return privateRanges.has(range) ? undefined : `the address is ${range}`
  if (range !== 'unicast') return `the address is ${range}`
  if (reached.kind() === 'ipv6' && !reached.match(globalUnicast6)) return 'the address is not global unicast'
  return undefined
}

/** The connector of every socket to a server. Fails with Fault ERR_UPSTREAM_EGRESS before a packet leaves. */
export function guardedConnector(rule: EgressRule, resolve: Resolve): buildConnector.connector {
  const connect = buildConnector({
    timeout: limits.upstreamConnectMs,
    allowH2: false,
    lookup: guardedLookup(rule, resolve),
  })
  return (options, callback) => {
    // a literal address is never looked up, so it has to be judged here
    const host = bare(options.hostname)
    const problem = problemOfHost(host, rule.network)
    if (problem !== undefined) callback(egressFault(host, rule, problem), null)
    else connect(options, callback)
  }
}

function guardedLookup(rule: EgressRule, resolve: Resolve): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, (error, addresses) => {
      if (error !== null) return callback(error as NodeJS.ErrnoException, '')
      const first = addresses[0]
      if (first === undefined) return callback(egressFault(hostname, rule, 'it has no address'), '')
      for (const { address } of addresses) {
        const problem = problemOf(address, rule.network)
        if (problem !== undefined) return callback(egressFault(hostname, rule, problem), '')
      }
      if (options.all === true) callback(null, [...addresses])
      else callback(null, first.address, first.family)
    })
  }
}

/** The address that is really reached: v4-mapped (::ffff:0:0/96) and NAT64 (64:ff9b::/96, RFC 6052) hold an IPv4 one. */
function unwrap(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  if (address.kind() === 'ipv4') return address
  const six = address as ipaddr.IPv6
  if (six.isIPv4MappedAddress()) return six.toIPv4Address()
  return six.match(nat64) ? new ipaddr.IPv4(six.toByteArray().slice(12)) : six
}

/** A host name without the brackets of an IPv6 literal and without the root dot. */
function bare(host: string): string {
  return host.startsWith('[') ? host.slice(1, -1) : host.replace(/\.$/, '')
}

function egressFault(host: string, rule: EgressRule, reason: string): NodeJS.ErrnoException & Fault {
  return new Fault('ERR_UPSTREAM_EGRESS', { server: rule.server, host, reason })
}

function refusedTarget(host: string, rule: EgressRule, reason: string) {
  return refused('ERR_UPSTREAM_EGRESS', { server: rule.server, host, reason })
}
