/**
 * The real MCP servers the demonstration puts behind the gateway: found among the installed packages, else fetched
 * through npx at the version known to work, which needs the registry once.
 */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

export interface DemoPackage {
  readonly name: string
  readonly version: string
  /** Whether it is installed here; otherwise npx fetches it. */
  readonly installed: boolean
  /** Program and first arguments that start it. */
  readonly command: string
  readonly args: readonly string[]
}

const versions = {
  '@modelcontextprotocol/server-everything': '2026.8.31',
  '@modelcontextprotocol/server-filesystem': '2026.8.31',
} as const

/** How to start a server package on this machine. `places` are the folders in which packages are looked for. */
export function locatePackage(name: keyof typeof versions, places = installedPlaces(name)): DemoPackage {
  const folder = places.map(place => join(place, name)).find(found => existsSync(join(found, 'package.json')))
  if (folder === undefined) {
    const version = versions[name]
    return { name, version, installed: false, command: 'npx', args: ['-y', `${name}@${version}`] }
  }
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly version: string
    readonly bin: Readonly<Record<string, string>>
  }
  const [script = ''] = Object.values(manifest.bin)
  return { name, version: manifest.version, installed: true, command: process.execPath, args: [join(folder, script)] }
}

function installedPlaces(name: string): readonly string[] {
  return createRequire(import.meta.url).resolve.paths(name) ?? []
}
