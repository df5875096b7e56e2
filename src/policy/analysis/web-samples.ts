/**
 * Hosts and addresses to try, complete for what `host_in` and `cidr` can tell apart: every named host and network, what
 * lies just below, behind and beside it, and what is none.
 */
import ipaddr from 'ipaddr.js'
import type { Json } from '../../wire/json-types.ts'
import { hostOf, type Network, readHost, readNetwork } from '../address.ts'

/**
 * Texts that lead to every host that `entries` of `host_in` can tell from another: which entries a host meets depends
 * only on whether it is one of them and on the longest wildcard above it, each with and without a final dot.
 */
export function hostSamples(entries: readonly string[]): readonly string[] {
  const named = entries.flatMap(entry => readHost(entry) ?? [])
  const bases = new Set(named.map(host => host.replace(/^\*\./, '').replace(/\.$/, '')))
  const fresh = freshLabel([...bases].join())
  const hosts = [...bases].flatMap(base => [base, `${fresh}.${base}`, `${base}.`, `${fresh}.${base}.`])
  hosts.push(`${fresh}.example`)
  return [...hosts.map(host => `https://${host.includes(':') ? `[${host}]` : host}/`), 'https://a@b/', 'x y']
}

function freshLabel(taken: string): string {
  let label = 'www'
  while (taken.includes(label)) label += 'x'
  return label
}

/** Addresses on both sides of every edge of the networks in `entries`, and a text that is no address. */
export function addressSamples(entries: readonly string[]): readonly string[] {
  const networks = entries.flatMap(entry => {
    const network = readNetwork(entry)
    return network === undefined ? [] : [network]
  })
  const edges = networks.flatMap(edgesOf)
  return [...new Set([...edges, '192.0.2.1', '0.0.0.0', '2001:db8::1', '::', 'x'])]
}

/** The first address of a network and the first one behind it. */
function edgesOf([base, bits]: Network): readonly string[] {
  const size = base.kind() === 'ipv4' ? 32n : 128n
  const number = base.toByteArray().reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
  const span = 1n << (size - BigInt(bits))
  const first = (number / span) * span
  return [first, first + span].flatMap(edge => (edge < 1n << size ? [addressText(edge, size)] : []))
}

function addressText(number: bigint, size: bigint): string {
  const bytes: number[] = []
  for (let shift = size - 8n; shift >= 0n; shift -= 8n) bytes.push(Number((number >> shift) & 255n))
  return ipaddr.fromByteArray(bytes).toString()
}

/** URLs around a prefix: under it, beside it, behind its text, and read differently by two programs. */
export function urlSamples(prefix: string): readonly string[] {
  const host = hostOf(prefix) ?? 'b'
  return [prefix, `${prefix}/x`, `${prefix}.example/`, `https://a@${host}/`, `${prefix}@b/`, 'https://b.example/', 'x']
}

export function asTexts(value: Json): readonly string[] {
  return (Array.isArray(value) ? (value as readonly Json[]) : [value]).filter(item => typeof item === 'string')
}
