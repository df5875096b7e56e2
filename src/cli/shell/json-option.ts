/**
 * JSON on the command line, read by the reader of the wire: what it refuses in a call is refused here too, in words for
 * the person who typed it. Duplicate keys, numbers a double does not hold, unpaired surrogates: no second reading.
 */
import type { Readable } from 'node:stream'
import { limits } from '../../limits.ts'
import { readStrict } from '../../wire/json.ts'
import { isJsonObject, type Json, type JsonObject } from '../../wire/json-types.ts'
import { stop } from './exits.ts'
import { readTextFile } from './files.ts'

/** One JSON object, given as the value of `option`; a usage `Stop` with the reason when it is not one. */
export function readJsonOption(option: string, text: string): JsonObject {
  const value = readValue(option, text)
  if (isJsonObject(value)) return value
  throw refuse(option, 'it is not an object', `write ${example}`)
}

/** The arguments of a call: bounded and read where they stand in a call, so that the same are refused. */
export function readArguments(option: string, text: string): JsonObject {
  const value = readValue(option, text, '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"arguments":', '}}')
  const args = isJsonObject(value) && isJsonObject(value['params']) ? value['params']['arguments'] : undefined
  if (isJsonObject(args)) return args
  throw refuse(option, 'arguments are an object', `write ${example}`)
}

const example = `an object in single quotes, for example '{"path": "/srv/data"}'`

/** The text is JSON by itself before anything is put around it. */
function readValue(option: string, text: string, before = '', after = ''): Json {
  try {
    JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw refuse(option, `it is not JSON (${lowered(error.message)})`, `write ${example}`)
  }
  const read = readStrict(new TextEncoder().encode(`${before}${text}${after}`), {
    bytesMax: limits.requestBytesMax,
    depthMax: limits.requestDepthMax,
    elementsMax: limits.requestElementsMax,
  })
  if (read.ok) return read.value
  throw refuse(option, read.refusal.message.replace(/^body /, 'it '), 'a call with it would be refused as well')
}

function refuse(option: string, reason: string, remedy: string) {
  return stop('ERR_CLI_USAGE', { reason: `${option} is refused: ${reason}` }, remedy)
}

function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

/** The text of a file, or of standard input for `-`. */
export async function readTextOrInput(file: string, stdin: Readable): Promise<string> {
  if (file !== '-') return readTextFile(file)
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stdin) {
    const part = Buffer.from(chunk as Uint8Array | string)
    bytes += part.length
    if (bytes > limits.cliFileBytesMax)
      throw stop('ERR_CLI_FILE', { file: 'standard input', reason: 'it is too large' })
    chunks.push(part)
  }
  return Buffer.concat(chunks).toString('utf8')
}
