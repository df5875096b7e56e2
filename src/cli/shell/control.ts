/**
 * The control API, as the commands use it: one call, one answer read against a schema. A refusal of the gateway ends
 * the command with exit code 1 and the gateway's own words; an unreachable gateway with exit code 3.
 */
import { z } from 'zod'
import { limits } from '../../limits.ts'
import { exitCodes, Stop, stop } from './exits.ts'
import { adminCredential, codeOf, type GatewayAddress } from './gateway-address.ts'
import { visible } from './layout.ts'

export interface Control {
  readonly address: GatewayAddress
  /** Sends one request to `/api/v1` + `path` and reads the answer with `shape`. */
  ask<T>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, shape: z.ZodType<T>, body?: unknown): Promise<T>
  /** The answer's bytes as they arrive, for exports. */
  stream(path: string): Promise<AsyncIterable<Uint8Array>>
}

const refusalShape = z.object({
  error: z.object({ code: z.string(), message: z.string(), remedy: z.string().optional() }),
})

/** Speaks to the gateway at `address` with the admin credential of its data folder. */
export function openControl(address: GatewayAddress): Control {
  const credential = adminCredential(address)
  const send = async (method: string, path: string, body: unknown, signal?: AbortSignal): Promise<Response> => {
    const headers: Record<string, string> = { authorization: `Bearer ${credential}`, accept: 'application/json' }
    if (body !== undefined) headers['content-type'] = 'application/json'
    const init: RequestInit = { method, headers, redirect: 'error' }
    if (body !== undefined) init.body = JSON.stringify(body)
    if (signal !== undefined) init.signal = signal
    const answer = await reach(address, `${address.url}/api/v1${path}`, init)
    if (!answer.ok) throw await refusalOf(answer, address)
    return answer
  }
  return {
    address,
    async ask(method, path, shape, body) {
      const answer = await send(method, path, body, AbortSignal.timeout(limits.cliAnswerMs))
      const read = shape.safeParse(answer.status === 204 ? {} : await readJson(answer))
      if (!read.success) throw stop('ERR_CLI_ANSWER', { url: address.url, path })
      return read.data
    },
    async stream(path) {
      const answer = await send('GET', path, undefined)
      if (answer.body === null) throw stop('ERR_CLI_ANSWER', { url: address.url, path })
      return answer.body
    },
  }
}

async function reach(address: GatewayAddress, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    throw stop('ERR_CLI_UNREACHABLE', { url: address.url, reason: reasonOf(error) })
  }
}

/** Why a request did not get an answer, in words. */
export function reasonOf(error: unknown): string {
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'no answer in time'
  const cause = error instanceof Error ? error.cause : undefined
  const code = codeOf(cause ?? error)
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'nothing listens there',
    ENOTFOUND: 'the host name is not known',
    EAI_AGAIN: 'the host name could not be looked up',
    ECONNRESET: 'the connection was cut',
    UND_ERR_SOCKET: 'the connection was cut',
    UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  }
  if (words[code] !== undefined) return words[code]
  return code === 'unknown' ? String(cause instanceof Error ? cause.message : error) : code
}

async function readJson(answer: Response): Promise<unknown> {
  try {
    return await answer.json()
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

async function refusalOf(answer: Response, address: GatewayAddress): Promise<Stop> {
  const body = refusalShape.safeParse(await readJson(answer))
  if (answer.status === 401) return stop('ERR_CLI_CREDENTIAL', { url: address.url, dataDir: address.dataDir })
  if (!body.success) return stop('ERR_CLI_ANSWER', { url: address.url, path: `(status ${answer.status})` })
  const { code, message, remedy } = body.data.error
  return new Stop(exitCodes.finding, code, visible(message), remedy === undefined ? undefined : visible(remedy))
}
