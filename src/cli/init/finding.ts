/** What was found on this machine, for a person; and which entries are one, because clients share a file. Pure. */
import { type ClientKind, clientTitles } from '../../catalogue/clients/kinds.ts'
import type { ConfiguredServer } from '../../catalogue/clients/read.ts'
import { realPath } from '../scan/config-files.ts'
import { startLine } from '../scan/look.ts'
import type { Sources } from '../scan/sources.ts'
import { count, visible } from '../shell/layout.ts'
import type { Shell } from '../shell/shell.ts'

/** Entries of a file that several clients read. */
export interface Shared {
  /** Each entry once, as the first client's that reads it. */
  readonly servers: readonly ConfiguredServer[]
  /** The clients that read a file, by its real path, where there are several. */
  readonly readers: ReadonlyMap<string, readonly ClientKind[]>
}

/** Links make one file of many: an entry in it can be changed only once. */
export function withoutDoubles(servers: readonly ConfiguredServer[]): Shared {
  const readers = new Map<string, readonly ClientKind[]>()
  const seen = new Set<string>()
  const once = servers.filter(({ client, file, at }) => {
    const real = realPath(file)
    readers.set(real, [...new Set([...(readers.get(real) ?? []), client])])
    const key = JSON.stringify([real, at])
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
  return { servers: once, readers: new Map([...readers].filter(([, clients]) => clients.length > 1)) }
}

/** Each client, each file, each server with how it starts; secrets are `…`, for this may end in a log. */
export function showFinding({ servers, unread }: Sources, { terminal }: Shell): string {
  const lines: string[] = []
  const files = new Set(servers.map(({ client, file, scope }) => JSON.stringify([client, file, scope])))
  for (const group of files) {
    const own = servers.filter(({ client, file, scope }) => JSON.stringify([client, file, scope]) === group)
    const [first] = own
    if (first === undefined) continue
    const title = terminal.paintErr('bold', clientTitles[first.client])
    lines.push(`${title}  ${visible(first.file)} (${first.scope}, ${count(own.length, 'server')})`)
    const width = Math.min(24, Math.max(...own.map(({ name }) => visible(name).length)))
    for (const server of own) lines.push(`  ${visible(server.name).padEnd(width)}  ${visible(shownStart(server))}`)
  }
  for (const { reason } of unread) lines.push(terminal.paintErr('yellow', visible(reason)))
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

function shownStart(configured: ConfiguredServer): string {
  const { name, transport } = configured
  if (configured.command === undefined && configured.url === undefined) return `(${transport})`
  return startLine({ name, configured, entry: noEntry }, true)
}

const noEntry = { ok: false, refusal: { code: 'ERR_CLIENT_SERVER', message: '' } } as const
