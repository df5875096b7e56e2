/**
 * Whether this set-up may be served at all. Judged at start, and again at each change of the configuration: what would
 * let others in is refused with a remedy, never warned about (A-130; CVE-2026-76835: defaults are part of the set-up).
 */
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { HttpSettings } from './config/http.ts'
import type { SetUpProblem } from './data-folder.ts'

/** True for addresses that only this machine reaches. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '')
  if (bare === 'localhost') return true
  return isIP(bare) !== 0 && ipaddr.process(bare).range() === 'loopback'
}

/** What is wrong with listening on `host` under these settings. */
export function judgeListening(host: string, settings: HttpSettings): readonly SetUpProblem[] {
  const problems: SetUpProblem[] = []
  if (!isLoopback(host) && settings.behindTlsProxy.length === 0)
    problems.push({
      message: `listening on \`${host}\` would let other machines send tokens in the clear`,
      remedy:
        'listen on 127.0.0.1, or name the TLS proxies in front: `http: { behindTlsProxy: ["10.0.3.7"], publicUrl: https://… }`',
    })
  if (settings.publicUrl?.startsWith('http:') === true && !isLoopback(new URL(settings.publicUrl).hostname))
    problems.push({
      message: `\`${settings.publicUrl}\` would have clients send tokens in the clear`,
      remedy: 'write the https address of the TLS proxy under `http.publicUrl`',
    })
  return problems
}

/** Which peers may connect at all, behind a proxy: the named proxies, and this machine. */
export function isPeerAllowed(address: string | undefined, settings: HttpSettings): boolean {
  if (settings.behindTlsProxy.length === 0) return true
  if (address === undefined || !ipaddr.isValid(address)) return false
  const peer = ipaddr.process(address)
  if (peer.range() === 'loopback') return true
  return settings.behindTlsProxy.some(proxy => {
    if (ipaddr.isValid(proxy)) return ipaddr.process(proxy).toString() === peer.toString()
    const [range, bits] = ipaddr.parseCIDR(proxy)
    return range.kind() === peer.kind() && peer.match(range, bits)
  })
}

/** One problem a line, its remedy below. */
export function describeSetUp(problems: readonly SetUpProblem[]): string {
  return problems.map(({ message, remedy }) => `  ${message}\n    ${remedy}`).join('\n')
}
