/**
 * `<data-dir>/servers.yaml`: the stdio servers added on the host itself. A command line never travels through the
 * HTTP API; it is written to this file by somebody who may write it, and the gateway is told to read it again.
 * The file is replaced in one step (write beside, rename), mode 0600, and keeps its comments.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Document } from 'yaml'
import { reloadAnswer } from './answers.ts'
import type { Control } from './control.ts'
import { stop } from './exits.ts'
import { codeOf } from './gateway-address.ts'

export interface HostServer {
  readonly command: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly pin?: 'review' | 'trust-first'
}

/** The host file of a data folder. */
export function hostFileOf(dataDir: string): string {
  return join(dataDir, 'servers.yaml')
}

/** Writes one server into the host file and has the gateway read it. What the gateway refuses is taken out again. */
export async function addHostServer(control: Control, name: string, server: HostServer): Promise<void> {
  await change(control, document => {
    if (document.hasIn(['servers', name])) throw stop('ERR_SERVER_EXISTS', { server: name })
    document.setIn(['servers', name], document.createNode(server))
  })
}

/** Takes one server out of the host file and has the gateway read it. */
export async function removeHostServer(control: Control, name: string): Promise<void> {
  await change(control, document => void document.deleteIn(['servers', name]))
}

async function change(control: Control, edit: (document: Document) => void): Promise<void> {
  const { isMap, parseDocument } = await import('yaml')
  const file = hostFileOf(control.address.dataDir)
  const before = readText(file)
  const document = parseDocument(before ?? firstText)
  if (document.errors.length > 0 || (document.contents !== null && !isMap(document.contents)))
    throw stop('ERR_CLI_FILE', { file, reason: 'it is not a YAML document with `servers:`' })
  edit(document)
  const servers = document.get('servers')
  if (isMap(servers)) servers.flow = servers.items.length === 0
  writeText(file, document.toString())
  try {
    await control.ask('POST', '/reload', reloadAnswer)
  } catch (error) {
    writeText(file, before ?? firstText)
    throw error
  }
}

const firstText = '# Servers started on this machine, written by `sallyport server add --command`.\n'

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw stop('ERR_CLI_FILE', { file, reason: codeOf(error) })
  }
}

function writeText(file: string, text: string): void {
  const beside = `${file}.${process.pid}.new`
  try {
    writeFileSync(beside, text, { mode: 0o600 })
    renameSync(beside, file)
  } catch (error) {
    throw stop('ERR_CLI_FILE', { file, reason: codeOf(error) })
  }
}
