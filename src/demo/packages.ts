/**
 * The real MCP servers the demonstration puts behind the gateway: found among the installed packages, else fetched
 * with npm into the folder of the demonstration, at the versions known to work and without running their scripts.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { stop } from '../cli/shell/exits.ts'
import { limits } from '../limits.ts'

export interface DemoPackage {
  readonly name: string
  readonly version: string
  /** Script that starts it, for this Node. */
  readonly script: string
}

/** The packages, with the versions this demonstration was made for. */
export const demoPackages = {
  '@modelcontextprotocol/server-everything': '2026.8.31',
  '@modelcontextprotocol/server-filesystem': '2026.8.31',
} as const

/** A package that is installed in one of `places`; by default where this module finds its own. */
export function findPackage(name: string, places = ownPlaces(name)): DemoPackage | undefined {
  const folder = places.map(place => join(place, name)).find(found => existsSync(join(found, 'package.json')))
  if (folder === undefined) return undefined
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly version: string
    readonly bin: Readonly<Record<string, string>>
  }
  const [script = ''] = Object.values(manifest.bin)
  return { name, version: manifest.version, script: join(folder, script) }
}

function ownPlaces(name: string): readonly string[] {
  return createRequire(import.meta.url).resolve.paths(name) ?? []
}

/** Fetches packages into `folder` with npm. Stops with ERR_DEMO_SERVER when that does not work. */
export async function fetchPackages(names: readonly (keyof typeof demoPackages)[], folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const wanted = names.map(name => `${name}@${demoPackages[name]}`)
  const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline']
  try {
    await promisify(execFile)('npm', [...args, ...wanted], { timeout: limits.demoFetchMs })
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
    const reason = said.split('\n').find(line => line.startsWith('npm error')) ?? said.trim().slice(-300)
    throw stop('ERR_DEMO_SERVER', { name: wanted.join(', '), reason })
  }
}
