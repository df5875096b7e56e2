/**
 * The part of the specification that compares texts: as text, as a pattern, as a path, as an address or a URL.
 * Where holding denies, a comparison is also made on folded text. Obvious and slow, like the rest of it.
 */
import { RE2JS } from 're2js'
import { foldForDeny as fold } from '../wire/names.ts'
import * as web from './address.ts'
import { compileGlob, isEvasive, resolveSegments } from './glob.ts'

export const matches = (glob: string, text: string): boolean => compileGlob(glob).matches(text)

/** Does `found` compare? `cidr` and `host_in` take several in `wanted`, every other operator one. */
export function compareText(
  op: string,
  wanted: readonly string[],
  found: string,
  denies: boolean,
  inRequire: boolean,
): boolean | 'error' {
  const [text = ''] = wanted
  const both = (test: (a: string, b: string) => boolean): boolean =>
    test(found, text) || (denies && test(fold(found), fold(text)))
  if (op === 'cidr') return compareAddress(wanted, found)
  if (op === 'host_in') return compareHost(wanted, web.hostOf(found), denies)
  if (op === 'contains') return both((a, b) => a.includes(b))
  if (op === 'ends_with') return both((a, b) => a.endsWith(b))
  if (op === 'regex') {
    const folded = RE2JS.compile(text, RE2JS.CASE_INSENSITIVE)
    return RE2JS.compile(text).test(found) || (denies && folded.test(fold(found)))
  }
  if (op === 'starts_with') {
    if (!web.isUrlPrefix(text)) return both((a, b) => a.startsWith(b))
    if (!denies || web.isUnderUrl(found, text)) return web.isUnderUrl(found, text)
    return web.isAmbiguousUrl(found) ? 'error' : both((a, b) => a.startsWith(b))
  }
  if (op !== 'glob') return 'error'
  if (!denies) return !isEvasive(found) && matches(text, found)
  if (isEvasive(found) && inRequire) return true
  const places = isEvasive(found) ? [found, resolveSegments(found)] : [found]
  return places.some(place => matches(text, place) || matches(fold(text), fold(place)))
}

function compareAddress(wanted: readonly string[], found: string): boolean | 'error' {
  const address = web.addressOf(found)
  const networks = wanted.map(each => web.readNetwork(each) as web.Network)
  return address === undefined ? 'error' : networks.some(network => web.isInNetwork(address, network))
}

function compareHost(wanted: readonly string[], found: string | undefined, denies: boolean): boolean | 'error' {
  if (found === undefined) return 'error'
  const hosts = wanted.map(each => web.readHost(each) ?? '')
  const bare = (host: string): string => host.replace(/\.$/, '')
  return web.isHostIn(found, new Set(hosts)) || (denies && web.isHostIn(bare(found), new Set(hosts.map(bare))))
}
