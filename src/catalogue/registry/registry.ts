/**
 * A registry of servers: a file, or any address that speaks the official registry's API (`/v0.1/servers`, preview), read
 * page by page. Bounded in pages, bytes and time; an entry that does not read is counted and left out, never guessed.
 */
import { z } from 'zod'
import { accepted, type Result, refused } from '../../errors.ts'
import { limits } from '../../limits.ts'
import { type ServerJson, serverJsonShape } from './server-json.ts'

/** One page of text behind an address; the outside world of this room. Rejects with an Error in words. */
export type FetchText = (url: string) => Promise<string>

export interface RegistryListing {
  readonly servers: readonly ServerJson[]
  /** Entries that are no server descriptions, and those the registry has deleted. */
  readonly leftOut: number
}

const statusKey = 'io.modelcontextprotocol.registry/official'
const pageShape = z.object({
  servers: z.array(z.unknown()).max(1_000),
  metadata: z.object({ nextCursor: z.string().nullish() }).optional(),
})
const wrapped = z.object({ server: z.unknown(), _meta: z.record(z.string(), z.unknown()).optional() })
const official = z.object({ status: z.string() })

/** Every server of a registry's text: one `server.json`, a page of the API, or a list of either. */
export function readRegistryText(text: string): Result<RegistryListing & { readonly nextCursor?: string }> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return refused('ERR_REGISTRY', { reason: 'its answer is not JSON' })
  }
  const single = serverJsonShape.safeParse(value)
  if (single.success) return accepted({ servers: [single.data], leftOut: 0 })
  const page = pageShape.safeParse(Array.isArray(value) ? { servers: value } : value)
  if (!page.success) return refused('ERR_REGISTRY', { reason: 'it is neither a server.json nor a list of servers' })
  const read = page.data.servers.map(readEntry)
  const servers = read.filter(entry => entry !== undefined)
  const { nextCursor } = page.data.metadata ?? {}
  const more = typeof nextCursor === 'string' && nextCursor !== '' ? { nextCursor } : {}
  return accepted({ servers, leftOut: read.length - servers.length, ...more })
}

function readEntry(value: unknown): ServerJson | undefined {
  const outer = wrapped.safeParse(value)
  const status = official.safeParse(outer.success ? outer.data._meta?.[statusKey] : undefined)
  // deleted entries are what the registry takes for malware or spam
  if (status.success && status.data.status === 'deleted') return undefined
  const server = serverJsonShape.safeParse(outer.success ? outer.data.server : value)
  return server.success ? server.data : undefined
}

/** Asks a registry for the latest version of every server that matches `search`, all pages. */
export async function askRegistry(
  base: string,
  search: string | undefined,
  fetchPage: FetchText,
): Promise<Result<RegistryListing>> {
  const servers: ServerJson[] = []
  let leftOut = 0
  let cursor: string | undefined
  for (let page = 0; page < limits.registryPagesMax; page += 1) {
    const query = new URLSearchParams({ version: 'latest', limit: '100' })
    if (search !== undefined) query.set('search', search)
    if (cursor !== undefined) query.set('cursor', cursor)
    let text: string
    try {
      text = await fetchPage(`${base.replace(/\/+$/, '')}/v0.1/servers?${query}`)
    } catch (error) {
      return refused('ERR_REGISTRY', { reason: error instanceof Error ? error.message : String(error) })
    }
    const read = readRegistryText(text)
    if (!read.ok) return read
    servers.push(...read.value.servers)
    leftOut += read.value.leftOut
    const { nextCursor } = read.value
    if (nextCursor === undefined) return accepted({ servers, leftOut })
    if (nextCursor === cursor) return refused('ERR_REGISTRY', { reason: 'it repeats a cursor' })
    cursor = nextCursor
  }
  return refused('ERR_REGISTRY', { reason: `it has more than ${limits.registryPagesMax} pages; narrow the search` })
}

/** The registry's entry for a configured `npx` command, if one of `servers` is published as that package. */
export function matchPackage(
  command: string,
  args: readonly string[],
  servers: readonly ServerJson[],
): ServerJson | undefined {
  const name = packageOf(command, args)
  if (name === undefined) return undefined
  return servers.find(({ packages = [] }) =>
    packages.some(each => each.registryType === 'npm' && each.identifier === name),
  )
}

/** The npm package a command line runs, without its version: `npx -y @scope/name@1.2.3 …` gives `@scope/name`. */
export function packageOf(command: string, args: readonly string[]): string | undefined {
  const words = packageWords(command, args)
  for (const [index, word] of words.entries()) {
    if (word === '-p' || word === '--package') return unversioned(words[index + 1])
    if (word.startsWith('--package=')) return unversioned(word.slice('--package='.length))
    if (!word.startsWith('-')) return unversioned(word)
  }
  return undefined
}

/** The words behind a runner of packages; none when the command is another. */
function packageWords(command: string, args: readonly string[]): readonly string[] {
  const runner = (command.split(/[/\\]/).at(-1) ?? '').replace(/\.(cmd|exe)$/i, '')
  if (runner === 'npx' || runner === 'bunx' || runner === 'pnpx') return args
  const [first, ...rest] = args
  return (runner === 'npm' && first === 'exec') || (runner === 'pnpm' && first === 'dlx') ? rest : []
}

function unversioned(word: string | undefined): string | undefined {
  return word === undefined ? undefined : /^(@[^/@]+\/[^@]+|[^@]+)/.exec(word)?.[1]
}
