/**
 * From what a client is configured with to what can be started or reached here. An entry that needs something only the
 * client or a person can give is refused with its name; nothing is started with half of its configuration.
 */
import { dirname } from 'node:path'
import { accepted, type Result, refused } from '../../errors.ts'
import type { UpstreamEntry } from '../../upstream/upstream.ts'
import { isPrivateHost } from './network.ts'
import type { ConfiguredServer } from './read.ts'
import { expand, type VariableSource } from './variables.ts'

/** The entry a configured server stands for. `env` is the environment variables are read from. */
export function entryOf(server: ConfiguredServer, source: Pick<VariableSource, 'env' | 'home'>): Result<UpstreamEntry> {
  const missing = new Set<string>()
  // clients start a person's servers wherever they are themselves
  const cwd = server.scope === 'project' || server.scope === 'local' ? { cwd: server.project ?? folderOf(server) } : {}
  const folder = server.project ?? folderOf(server)
  const fill = (text: string): string => {
    const expansion = expand(text, { ...source, folder })
    for (const name of expansion.missing) missing.add(name)
    return expansion.text
  }
  const fillAll = (record: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(record).map(([key, value]) => [key, fill(value)]))
  const { name } = server
  const made = entry()
  if (!made.ok || missing.size === 0) return made
  return refused('ERR_CLIENT_SERVER', { server: name, reason: `nothing here gives ${[...missing].join(', ')} a value` })

  function entry(): Result<UpstreamEntry> {
    if (server.command !== undefined) {
      const command = fill(server.command)
      return accepted({
        name,
        kind: 'stdio',
        command,
        args: server.args.map(fill),
        env: fillAll(server.env),
        ...cwd,
      })
    }
    if (server.url === undefined) {
      return refused('ERR_CLIENT_SERVER', { server: name, reason: 'it has neither a command nor an address' })
    }
    if (server.transport === 'ws') {
      return refused('ERR_CLIENT_SERVER', { server: name, reason: 'WebSocket is no transport of MCP' })
    }
    const url = fill(server.url)
    const network = isPrivateHost(url) ? 'private' : 'public'
    return accepted({ name, kind: 'http', url, headers: fillAll(server.headers), network })
  }
}

/** A project's file lies in the project or in a folder of it that begins with a dot. */
function folderOf({ file, scope }: ConfiguredServer): string {
  const folder = dirname(file)
  return scope === 'project' && /[/\\]\.[a-z]+$/.test(folder) ? dirname(folder) : folder
}
