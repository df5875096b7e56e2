/**
 * Which gateway a command talks to: `--url`, then `SALLYPORT_URL`, then the record the running gateway keeps in its
 * data folder. The admin credential comes from that record and from nowhere else, and is never sent over plain HTTP
 * to another machine than the one the record names.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { defaultDataDir } from './data-dir.ts'
import { stop } from './exits.ts'

export interface GatewayOptions {
  readonly url?: string
  readonly dataDir?: string
}

export interface GatewayRecord {
  readonly url: string
  readonly credential: string
  readonly pid: number
  readonly startedAt: string
}

export interface GatewayAddress {
  /** Origin of the gateway, without a trailing slash. */
  readonly url: string
  readonly dataDir: string
  readonly record: GatewayRecord | undefined
}

const recordShape = z.object({
  url: z.url(),
  credential: z.string().min(1),
  pid: z.number().int(),
  startedAt: z.string(),
})

type Environment = Readonly<Record<string, string | undefined>>

/** The gateway meant. Stops with exit code 3 when neither option, environment nor record names one. */
export function findGateway(options: GatewayOptions, env: Environment): GatewayAddress {
  const dataDir = options.dataDir ?? defaultDataDir(env)
  const record = readRecord(dataDir)
  const named = options.url ?? env['SALLYPORT_URL']
  if (named !== undefined && named !== '') return { url: readOrigin(named), dataDir, record }
  if (record === undefined) throw stop('ERR_CLI_NO_RECORD', { dataDir })
  return { url: readOrigin(record.url), dataDir, record }
}

/** The record of the gateway that runs, or ran, on this data folder. */
function readRecord(dataDir: string): GatewayRecord | undefined {
  const file = join(dataDir, 'admin.json')
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw stop('ERR_CLI_FILE', { file, reason: codeOf(error) })
  }
  const record = recordShape.safeParse(parseJson(text))
  if (!record.success) throw stop('ERR_CLI_FILE', { file, reason: 'it is not a record of a gateway' })
  return record.data
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function readOrigin(text: string): string {
  const url = URL.parse(text)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw stop('ERR_CLI_USAGE', { reason: `\`${text}\` is not an http or https address` })
  return url.href.replace(/\/+$/, '')
}

/** The admin credential for this address. Stops where there is none, or where sending it would show it to others. */
export function adminCredential(address: GatewayAddress): string {
  const { url, dataDir, record } = address
  if (record === undefined) throw stop('ERR_CLI_CREDENTIAL', { url, dataDir })
  refusePlainHttp(address, 'admin credential')
  return record.credential
}

/** Stops where sending a secret to this address would show it to the network in between. */
export function refusePlainHttp({ url, record }: GatewayAddress, what: string): void {
  const { protocol, hostname, origin } = new URL(url)
  const own = record !== undefined && origin === new URL(record.url).origin
  if (protocol !== 'https:' && !isLoopback(hostname) && !own) throw stop('ERR_CLI_PLAIN_HTTP', { what, url })
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

/** The system's name of what went wrong with a file or a socket: `ENOENT`, `ECONNREFUSED`; `unknown` otherwise. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return typeof code === 'string' ? code : 'unknown'
}
