/**
 * Hosts, URLs and addresses as the things they name, not as text. Hosts are those a browser would connect to (WHATWG
 * URL); a value that two programs could read differently (userinfo, backslash, control characters, white space) has no
 * host here and errs. Addresses are dotted decimal or IPv6; an IPv4-mapped IPv6 address is the IPv4 address.
 */
import ipaddr from 'ipaddr.js'
import { limits } from '../limits.ts'

export type Network = readonly [ipaddr.IPv4 | ipaddr.IPv6, number]

const webSchemes = new Set(['http:', 'https:', 'ws:', 'wss:', 'ftp:'])
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const ambiguous = /[\\\u0000-\u0020\u007f]/
/** A web scheme as browsers find it: behind blanks and controls, with tabs and line breaks anywhere. */
const webStart = new RegExp(
  `^[\\u0000-\\u0020]*(?:${['https', 'http', 'wss', 'ws', 'ftp'].map(scheme => [...scheme, ':'].join('[\\t\\n\\r]*')).join('|')})`,
  'i',
)
const bareHost = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/

/** The host of a URL or of a bare `host[:port]`; `undefined` when there is none that everybody agrees on. */
export function hostOf(text: string): string | undefined {
  // `https:123` would pass for a bare host and is a URL to a browser
  const url = webUrlOf(text) ?? (bareHost.test(text) && !isAmbiguousUrl(text) ? parseUrl(`http://${text}`) : undefined)
  return url === undefined ? undefined : plainHost(url.hostname)
}

/** A URL with an authority that everybody reads the same way; `undefined` otherwise. */
function webUrlOf(text: string): URL | undefined {
  if (ambiguous.test(text)) return undefined
  const url = parseUrl(text)
  if (url === undefined || !webSchemes.has(url.protocol)) return undefined
  // `https:host` and `https:/host` are a host to a browser and a path to others
  if (!/^[A-Za-z]+:\/\/[^/]/.test(text)) return undefined
  const authority = text.slice(text.indexOf('//') + 2).split(/[/?#]/, 1)[0] ?? ''
  return authority.includes('@') || url.hostname === '' ? undefined : url
}

/** A text longer than any URL is none: parsing ten megabytes takes a second. */
function parseUrl(text: string): URL | undefined {
  return text.length <= limits.policyUrlCharsMax && URL.canParse(text) ? new URL(text) : undefined
}

/** Brackets off, IPv4-mapped IPv6 as IPv4. */
function plainHost(hostname: string): string {
  if (!hostname.startsWith('[')) return hostname
  return addressOf(hostname.slice(1, -1))?.toString() ?? hostname
}

/** One entry of `host_in` in the form `hostOf` gives: `example.com`, `*.example.com`, an address. */
export function readHost(text: string): string | undefined {
  const wild = text.startsWith('*.')
  const host = wild ? text.slice(2) : text
  if (host === '' || /[\s/\\@?#*]/.test(host)) return undefined
  const bracketed = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
  const url = parseUrl(`http://${bracketed}/`)
  if (url === undefined || url.port !== '' || /:\d+$/.test(bracketed)) return undefined
  return wild ? `*.${plainHost(url.hostname)}` : plainHost(url.hostname)
}

/** The entries of `host_in` that stand for `host`: itself, and `*.example.com` for every host below `example.com`. */
export function hostNames(host: string): readonly string[] {
  const names = [host]
  for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) names.push(`*${host.slice(dot)}`)
  return names
}

/** True if `host` is one of `hosts`. */
export function isHostIn(host: string, hosts: ReadonlySet<string>): boolean {
  return hostNames(host).some(name => hosts.has(name))
}

/** Dotted decimal or IPv6 without a zone; anything else (octal, hexadecimal, short forms) is `undefined`. */
export function addressOf(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text)
  if (!text.includes(':') || text.includes('%') || !ipaddr.IPv6.isValid(text)) return undefined
  const address = ipaddr.IPv6.parse(text)
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address
}

/** `10.0.0.0/8`, `2001:db8::/32`, or one address. A mapped IPv4 network (`::ffff:10.0.0.0/104`) is the IPv4 network. */
export function readNetwork(text: string): Network | undefined {
  const [address = '', bits, ...more] = text.split('/')
  if (more.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return undefined
  const parsed = addressOf(address)
  if (parsed === undefined) return undefined
  const mapped = parsed.kind() === 'ipv4' && address.includes(':')
  const size = parsed.kind() === 'ipv4' ? 32 : 128
  const length = bits === undefined ? size : Number(bits) - (mapped ? 96 : 0)
  return length < 0 || length > size ? undefined : [parsed, length]
}

/** True if `address` is in `network`; the two families never meet. */
export function isInNetwork(address: ipaddr.IPv4 | ipaddr.IPv6, network: Network): boolean {
  const [base, bits] = network
  return address.kind() === base.kind() && address.match(base, bits)
}

/** True for a URL to a browser that another program could read differently. */
export function isAmbiguousUrl(text: string): boolean {
  if (text.length > limits.policyUrlCharsMax) return webStart.test(text)
  return webSchemes.has(parseUrl(text)?.protocol ?? '') && webUrlOf(text) === undefined
}

/** True if a rule's text means a URL, so that its prefix is compared by parts and not by characters. */
export function isUrlPrefix(text: string): boolean {
  return /^(?:https?|wss?|ftp):\/\//i.test(text) && webUrlOf(text) !== undefined
}

/** A URL that everybody reads the same way: scheme, host and port, and everything behind them. */
export interface WebUrl {
  readonly origin: string
  readonly rest: string
}

export function readWebUrl(text: string): WebUrl | undefined {
  const url = webUrlOf(text)
  return url && { origin: url.origin, rest: `${url.pathname}${url.search}${url.hash}` }
}

/** True if `url` has the scheme, host and port of `base`, and its path and query start with the rest. */
export function isUnder(url: WebUrl | undefined, base: WebUrl | undefined): boolean {
  return url !== undefined && base !== undefined && url.origin === base.origin && url.rest.startsWith(base.rest)
}

/** `isUnder` for two texts. */
export function isUnderUrl(text: string, prefix: string): boolean {
  return isUnder(readWebUrl(text), readWebUrl(prefix))
}
