/** Whether an address names this machine or a private network: then, and only then, the guard lets it through. */
import ipaddr from 'ipaddr.js'

/** True for loopback, private, link-local and unique-local addresses, `localhost` and `.local` names. */
export function isPrivateHost(url: string): boolean {
  if (!URL.canParse(url)) return false
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  if (host === 'localhost' || host.endsWith('.localhost') || host.endsWith('.local')) return true
  return ipaddr.isValid(host) && ipaddr.process(host).range() !== 'unicast'
}
