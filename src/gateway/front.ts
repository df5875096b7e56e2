/**
 * What is checked of every HTTP request before anything else is looked at: whom it addresses (`Host`), which page sent
 * it (`Origin`), and that no header that carries meaning was sent twice. There is no way to switch this off.
 *
 * Sources: MCP basic/transports/streamable-http (Origin MUST be validated, 403); CVE-2025-66414 (DNS rebinding);
 * RFC 9110 section 5.3 (a repeated single-valued header has no one reading).
 */
import type { IncomingMessage } from 'node:http'
import { accepted, type Result, refused } from '../errors.ts'
import type { HttpHead } from '../wire/era.ts'
import type { FrontRules } from './deps.ts'

/** Headers that decide something here; each may be sent once. */
const singular = new Set([
  'host',
  'origin',
  'authorization',
  'content-type',
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'mcp-protocol-version',
  'mcp-session-id',
  'mcp-method',
  'mcp-name',
])

/**
 * Passes a request that names this gateway and comes from no foreign page. `X-Forwarded-*`, `Forwarded` and their
 * look-alikes are never read.
 */
export function checkFront(request: IncomingMessage, rules: FrontRules): Result<true> {
  const repeated = repeatedHeader(request.rawHeaders)
  if (repeated !== undefined) return refused('ERR_HTTP_HEADER_REPEATED', { header: repeated })
  const host = request.headers.host?.toLowerCase()
  if (host === undefined || !isAddressedBy(host, rules.allowedHosts)) return refused('ERR_HTTP_HOST')
  const origin = request.headers.origin
  if (origin !== undefined && !rules.allowedOrigins.has(origin)) return refused('ERR_HTTP_ORIGIN')
  return accepted(true)
}

/** The name alone decides: a forwarded port (`ssh -L`) is no other host, and a rebinding attacker chooses names. */
function isAddressedBy(host: string, allowed: ReadonlySet<string>): boolean {
  return allowed.has(host.replace(/:\d{1,5}$/, ''))
}

function repeatedHeader(raw: readonly string[]): string | undefined {
  let seen: Set<string> | undefined
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] as string).toLowerCase()
    if (!singular.has(name) && !name.startsWith('mcp-param-')) continue
    seen ??= new Set()
    if (seen.has(name)) return name
    seen.add(name)
  }
  return undefined
}

/** The head of a request as the wire codecs read it. */
export function headOf(request: IncomingMessage): HttpHead & { names(): readonly string[] } {
  return {
    header: name => {
      const value = request.headers[name]
      return typeof value === 'string' ? value : undefined
    },
    names: () => Object.keys(request.headers),
  }
}
