/** The bridge's own answers: what a client hears when the gateway's answer did not come, or came as an HTTP refusal. */
import { type ErrorCode, errorEntry, refuse } from '../../errors.ts'
import { limits } from '../../limits.ts'
import { isJsonObject } from '../../wire/json-types.ts'
import { NotSent } from './door.ts'
import { type MessageId, readMessage } from './message.ts'

/** The answer to a line that is no message. */
export function notJsonText(tooLong: boolean): string {
  const message = tooLong ? `a message is larger than ${limits.bridgeLineBytesMax} bytes` : 'a line is not JSON'
  return JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32_700, message } })
}

/** The gateway's own error under the client's id, or an error of ours that quotes what it said. */
export function refusalText(id: MessageId, status: number, body: string): string {
  const value = readMessage(body)?.value
  const error = isJsonObject(value) ? value['error'] : undefined
  if (isJsonObject(error) && typeof error['code'] === 'number' && typeof error['message'] === 'string')
    return JSON.stringify({ jsonrpc: '2.0', id, error })
  return errorText(id, 'ERR_BRIDGE_REFUSED', { status })
}

/** The answer to a request that was not sent, or whose answer was lost: it says which. */
export function failureText(id: MessageId, error: unknown, url: string): string {
  if (error instanceof NotSent) return errorText(id, 'ERR_BRIDGE_UNREACHABLE', { url, reason: error.message })
  const reason = error instanceof Error ? error.message : String(error)
  return errorText(id, 'ERR_BRIDGE_LOST', { reason })
}

function errorText(id: MessageId, code: ErrorCode, details: Record<string, string | number>): string {
  const { message } = refuse(code, details)
  const { rpc, remedy } = errorEntry(code)
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code: rpc, message, data: { code, remedy } } })
}
