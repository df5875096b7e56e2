/**
 * The control API, as the commands use it: one call, one answer read against a schema. A refusal of the gateway ends
 * the command with exit code 1 and the gateway's own words; an unreachable gateway with exit code 3.
 */
import type { Dispatcher } from 'undici'
import { z } from 'zod'
import { limits } from '../../limits.ts'
import { type ToolAnswer, toolsAnswer } from './answers.ts'
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

/** Speaks to the gateway at `address` with the admin credential of its data folder. Redirects are not followed. */
export function openControl(address: GatewayAddress): Control {
  const credential = adminCredential(address)
  const send = async (
    method: Dispatcher.HttpMethod,
    path: string,
    body?: unknown,
  ): Promise<Dispatcher.ResponseData> => {
    const headers: Record<string, string> = { authorization: `Bearer ${credential}`, accept: 'application/json' }
    if (body !== undefined) headers['content-type'] = 'application/json'
    const text = body === undefined ? null : JSON.stringify(body)
    const times = { headersTimeout: limits.cliAnswerMs, bodyTimeout: limits.cliAnswerMs }
    const answer = await reach(address, `/api/v1${path}`, { method, headers, body: text, ...times })
    if (answer.statusCode >= 300) throw await refusalOf(answer, address)
    return answer
  }
  return {
    address,
    async ask(method, path, shape, body) {
      const answer = await send(method, path, body)
      const read = shape.safeParse(await readJson(answer, address))
      if (!read.success) throw stop('ERR_CLI_ANSWER', { url: address.url, path })
      return read.data
    },
    async stream(path) {
      return (await send('GET', path)).body
    },
  }
}

type RequestOptions = Pick<Dispatcher.RequestOptions, 'method' | 'headers' | 'body' | 'headersTimeout' | 'bodyTimeout'>

async function reach(address: GatewayAddress, path: string, options: RequestOptions): Promise<Dispatcher.ResponseData> {
  // Loaded on the first question: `--help` and offline commands start without it.
  const { request } = await import('undici')
  try {
    return await request(`${address.url}${path}`, options)
  } catch (error) {
    throw stop('ERR_CLI_UNREACHABLE', { url: address.url, reason: reasonOf(error) })
  }
}

/** The tools of a server, asked afresh from it by the gateway. */
export async function listTools(control: Control, server: string): Promise<ToolAnswer[]> {
  return (await control.ask('GET', `/servers/${encodeURIComponent(server)}/tools`, toolsAnswer)).tools
}

/** Why a request did not get an answer, in words. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error)
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'nothing listens there',
    ENOTFOUND: 'the host name is not known',
    EAI_AGAIN: 'the host name could not be looked up',
    ECONNRESET: 'the connection was cut',
    UND_ERR_SOCKET: 'the connection was cut',
    UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
    UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
    UND_ERR_BODY_TIMEOUT: 'the answer stopped in the middle',
  }
  return words[code] ?? (code === 'unknown' ? String(error instanceof Error ? error.message : error) : code)
}

async function readJson(answer: Dispatcher.ResponseData, address: GatewayAddress): Promise<unknown> {
  const text = await readText(answer, address)
  if (text === '') return {}
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

async function readText(answer: Dispatcher.ResponseData, address: GatewayAddress): Promise<string> {
  try {
    return await answer.body.text()
  } catch (error) {
    throw stop('ERR_CLI_UNREACHABLE', { url: address.url, reason: reasonOf(error) })
  }
}

async function refusalOf(answer: Dispatcher.ResponseData, address: GatewayAddress): Promise<Stop> {
  const body = refusalShape.safeParse(await readJson(answer, address))
  if (answer.statusCode === 401) return stop('ERR_CLI_CREDENTIAL', { url: address.url, dataDir: address.dataDir })
  if (!body.success) return stop('ERR_CLI_ANSWER', { url: address.url, path: `status ${answer.statusCode}` })
  const { code, message, remedy } = body.data.error
  return new Stop(exitCodes.finding, code, visible(message), remedy === undefined ? undefined : visible(remedy))
}
