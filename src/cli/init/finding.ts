/** The servers of every client on this machine, and the files that could not be read. Reads; changes nothing. */
import { existsSync, readFileSync } from 'node:fs'
import {
  type ClientKind,
  type ConfigPlace,
  clientTitles,
  configPlaces,
  type Surroundings,
} from '../../catalogue/clients/kinds.ts'
import { type ConfiguredServer, readServers } from '../../catalogue/clients/read.ts'
import type { Refusal } from '../../errors.ts'
import { count, visible } from '../shell/layout.ts'
import type { Shell } from '../shell/shell.ts'

export interface Finding {
  readonly servers: readonly ConfiguredServer[]
  /** The text of every file that was read, as it was read. */
  readonly texts: ReadonlyMap<string, { readonly place: ConfigPlace; readonly text: string }>
  readonly problems: readonly Refusal[]
}

/** Looks in every place a client may keep servers in; `clients` narrows it. */
export function findServers(where: Surroundings, clients: readonly ClientKind[] | undefined): Finding {
  const servers: ConfiguredServer[] = []
  const texts = new Map<string, { place: ConfigPlace; text: string }>()
  const problems: Refusal[] = []
  for (const place of configPlaces(where)) {
    if ((clients !== undefined && !clients.includes(place.client)) || !existsSync(place.file)) continue
    const text = texts.get(place.file)?.text ?? readFileSync(place.file, 'utf8')
    const read = readServers(place, text)
    if (!read.ok) {
      problems.push(read.refusal)
      continue
    }
    texts.set(place.file, { place, text })
    servers.push(...read.value.filter(({ project }) => project === undefined || project === where.project))
  }
  return { servers, texts, problems }
}

/** What was found, for a person: each client, each file, each server with its whole command. */
export function showFinding({ servers, problems }: Finding, { terminal }: Shell): string {
  const lines: string[] = []
  const files = new Set(servers.map(({ client, file, scope }) => JSON.stringify([client, file, scope])))
  for (const group of files) {
    const own = servers.filter(({ client, file, scope }) => JSON.stringify([client, file, scope]) === group)
    const [first] = own
    if (first === undefined) continue
    const title = terminal.paint('bold', clientTitles[first.client])
    lines.push(`${title}  ${visible(first.file)} (${first.scope}, ${count(own.length, 'server')})`)
    const width = Math.max(...own.map(({ name }) => visible(name).length))
    for (const server of own) lines.push(`  ${visible(server.name).padEnd(width)}  ${visible(howItStarts(server))}`)
  }
  for (const { message } of problems) lines.push(terminal.paint('yellow', visible(message)))
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

/** The command or address as it is configured, variables and all; values of the environment are not shown. */
function howItStarts({ command, args, env, url, transport }: ConfiguredServer): string {
  if (command === undefined) return url ?? `(${transport})`
  const names = Object.keys(env).map(name => `${name}=… `)
  return `${names.join('')}${[command, ...args].join(' ')}`
}
