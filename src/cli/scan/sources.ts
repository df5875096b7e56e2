/** The configurations a report is about: those of every client on this machine, or the one that was named. Reads only. */
import { existsSync, lstatSync, statSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import {
  type ClientKind,
  type ConfigPlace,
  clientKinds,
  configPlaces,
  type Surroundings,
} from '../../catalogue/clients/kinds.ts'
import { type ConfiguredServer, readServers } from '../../catalogue/clients/read.ts'
import { stop } from '../shell/exits.ts'
import { readConfigText, realPath } from './config-files.ts'
import { placesOf } from './targets.ts'

/** One file as it was read. */
export interface Source {
  readonly format: ConfigPlace['format']
  /** The text, every byte of it: a byte order mark stands first. */
  readonly text: string
}

export interface Sources {
  readonly servers: readonly ConfiguredServer[]
  readonly texts: ReadonlyMap<string, Source>
  /** Files that are there and cannot be used, with the reason. */
  readonly unread: readonly { readonly file: string; readonly reason: string }[]
}

/** Everything configured in `file`, or in the places of the clients. Servers of other projects are left out. */
export function readSources(
  file: string | undefined,
  where: Surroundings,
  clients: readonly ClientKind[] | undefined,
): Sources {
  const places = file === undefined ? configPlaces(where) : placesNamed(resolve(file), where, clients)
  const servers: ConfiguredServer[] = []
  const texts = new Map<string, Source>()
  const unread = new Map<string, string>()
  const seen = new Set<string>()
  for (const place of places) {
    if (clients !== undefined && !clients.includes(place.client)) continue
    if (unread.has(place.file) || (file === undefined && !existsSync(place.file))) continue
    // in the home folder a person's file and that of the project are one
    const key = JSON.stringify([place.client, realPath(place.file), place.at])
    if (seen.has(key)) continue
    seen.add(key)
    const text = texts.get(place.file)?.text ?? readConfigText(place.file)
    const read = typeof text === 'string' ? readServers(place, text) : text
    if (!read.ok) {
      unread.set(place.file, read.refusal.message)
      continue
    }
    if (typeof text === 'string') texts.set(place.file, { format: place.format, text })
    servers.push(...read.value.filter(({ project }) => project === undefined || project === where.project))
  }
  return { servers, texts, unread: [...unread].map(([name, reason]) => ({ file: name, reason })) }
}

/** The clients somebody named, in any case. A usage `Stop` for one that is not known. */
export function readClients(names: readonly string[] | undefined): readonly ClientKind[] | undefined {
  return names?.map(name => {
    const kind = clientKinds.find(each => each === name.toLowerCase())
    if (kind !== undefined) return kind
    const reason = `\`${name}\` is no client that is known`
    throw stop('ERR_CLI_USAGE', { reason }, `one of ${clientKinds.join(', ')}`)
  })
}

/** How a named file is read: as the client's that was named, else by its path or its members. */
function placesNamed(
  file: string,
  where: Surroundings,
  clients: readonly ClientKind[] | undefined,
): readonly ConfigPlace[] {
  const known = configPlaces(where).some(place => place.file === file)
  if (known) return placesOf(file, where)
  // a file outside of the project is nobody's but its owner's
  const isInside = !relative(where.project, file).startsWith('..')
  const scope = isInside ? 'project' : 'user'
  const forms = clients === undefined ? placesOf(file, where) : configPlaces(where)
  const seen = new Set<string>()
  return forms.flatMap(place => {
    const key = `${place.client} ${place.at.join(' ')}`
    if (seen.has(key)) return []
    seen.add(key)
    return [{ ...place, file, scope: place.scope === 'local' ? place.scope : scope }]
  })
}

/** Whether an account other than the owner's can read a file: its own right, and the way to it. Never on Windows. */
function isReadableByOthers(file: string): boolean {
  if (process.platform === 'win32') return false
  if (((statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & 0o004) === 0) return false
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if ((lstatSync(folder).mode & 0o001) === 0) return false
    if (folder === dirname(folder)) return true
  }
}

/** The files of `texts` and nothing else: none that was not read is judged. */
export function filesOthersRead(texts: Sources['texts']): ReadonlySet<string> {
  return new Set([...texts.keys()].filter(isReadableByOthers))
}
