/**
 * Request headers upstream, built from empty: ours, plus the entry's static ones. Nothing of the agent's request is
 * copied, so its token cannot pass. Refuses names that belong to the transport or the protocol, and any value a header
 * cannot carry (CR, LF, other control characters, beyond Latin-1): header injection through arguments.
 */
import { accepted, type Refusal, type Result, refuse, refused } from '../errors.ts'

/** Alternating names and values, as undici takes them. */
export type HeaderList = readonly string[]

/** Names an entry must not set: they frame the message, choose the protocol or name the target. */
const ownNames: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'last-event-id',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
// RFC 9110 section 5.5: visible ASCII, space and tab inside, obs-text
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/

/** Checks the static headers of an entry and lays them out. Refuses with ERR_UPSTREAM_HEADER. */
export function readStaticHeaders(server: string, headers: Readonly<Record<string, string>>): Result<HeaderList> {
  const list: string[] = []
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase()
    if (!token.test(name)) return unsendable(server, name, 'its name is not a header name')
    if (ownNames.has(lower) || lower.startsWith('mcp-')) {
      return unsendable(server, name, 'the name belongs to the transport or the protocol')
    }
    if (!fieldValue.test(value)) return unsendable(server, name, 'its value has characters a header cannot carry')
    list.push(lower, value)
  }
  return accepted(list)
}

/** `Mcp-Name` and `Mcp-Param-*` of one call appended to `list`, or the refusal of a value that would break the frame. */
export function appendMirrored(
  list: string[],
  server: string,
  mcpName: string | undefined,
  mcpParams: Readonly<Record<string, string>> | undefined,
): Refusal | undefined {
  if (mcpName !== undefined) {
    if (!fieldValue.test(mcpName)) return brokenValue(server, 'Mcp-Name')
    list.push('mcp-name', mcpName)
  }
  if (mcpParams === undefined) return undefined
  for (const name of Object.keys(mcpParams)) {
    const value = mcpParams[name]
    const isMirror = /^mcp-param-./i.test(name) && token.test(name)
    if (value === undefined || !isMirror || !fieldValue.test(value)) return brokenValue(server, name)
    list.push(name, value)
  }
  return undefined
}

/** Value of a response header in undici's raw form, names compared without case. The first one counts. */
export function rawHeader(raw: readonly Buffer[], name: string): string | undefined {
  for (let i = 0; i < raw.length; i += 2) {
    const key = raw[i]
    if (key === undefined || key.length !== name.length) continue
    if (key.toString('latin1').toLowerCase() === name) return raw[i + 1]?.toString('latin1')
  }
  return undefined
}

function brokenValue(server: string, header: string): Refusal {
  const reason = 'its value has characters a header cannot carry'
  return refuse('ERR_UPSTREAM_HEADER', { server, header: header.slice(0, 64), reason })
}

function unsendable(server: string, header: string, reason: string) {
  return refused('ERR_UPSTREAM_HEADER', { server, header, reason })
}
