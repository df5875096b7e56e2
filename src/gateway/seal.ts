/**
 * Sealed handles: session ids and request states that only this gateway (any node holding the key) can read or make.
 * AES-256-GCM; the purpose is associated data, so that a handle of one kind never opens as another. A handle is an
 * address, not a key: whoever presents it is authenticated first and must be the one it was made for.
 *
 * Sources: MCP 2026-07-28 basic/patterns/mrtr (request state is attacker-controlled input); NIST SP 800-38D (96-bit
 * random nonces, at most 2^32 messages a key: `sealsMax`).
 */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { Fault } from '../errors.ts'
import { limits } from '../limits.ts'
import { isJsonObject, type JsonObject } from '../wire/json-types.ts'

export type SealPurpose = 'session' | 'state'

export interface Seal {
  /** Text of base64url characters that `open` turns back into the same value. */
  seal(value: JsonObject, purpose: SealPurpose): string
  /** The sealed value, or nothing when the text was not sealed here for this purpose, or was altered. */
  open(text: string, purpose: SealPurpose): JsonObject | undefined
}

const charsMax = { session: limits.sealedSessionCharsMax, state: limits.sealedStateCharsMax } as const
const nonceBytes = 12
const tagBytes = 16

/** `key` is 32 random bytes; `random` supplies nonces. */
export function createSeal(key: Uint8Array, random: (bytes: number) => Uint8Array): Seal {
  let sealed = 0
  return {
    seal(value, purpose) {
      sealed += 1
      if (sealed > limits.sealsMax) throw new Fault('ERR_INTERNAL')
      const nonce = random(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(purpose))
      const body = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()])
      return Buffer.concat([nonce, body, cipher.getAuthTag()]).toString('base64url')
    },
    open(text, purpose) {
      if (text.length > charsMax[purpose] || !/^[A-Za-z0-9_-]+$/.test(text)) return undefined
      const bytes = Buffer.from(text, 'base64url')
      // One text per handle: base64url with stray trailing bits would be a second spelling of the same bytes.
      if (bytes.length <= nonceBytes + tagBytes || bytes.toString('base64url') !== text) return undefined
      const plain = decrypt(key, bytes, purpose)
      if (plain === undefined) return undefined
      const value: unknown = JSON.parse(plain)
      return isJsonObject(value) ? value : undefined
    },
  }
}

function decrypt(key: Uint8Array, bytes: Buffer, purpose: SealPurpose): string | undefined {
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
  decipher.setAAD(Buffer.from(purpose)).setAuthTag(bytes.subarray(bytes.length - tagBytes))
  const body = decipher.update(bytes.subarray(nonceBytes, bytes.length - tagBytes))
  try {
    return Buffer.concat([body, decipher.final()]).toString('utf8')
  } catch {
    // `final` throws exactly when the tag does not match: not ours, another purpose, or altered.
    return undefined
  }
}
