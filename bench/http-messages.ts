/**
 * The least HTTP/1.1 that the load generator and the fast upstream need: whole messages cut out of a byte stream, by
 * Content-Length or chunks. Written for known peers on loopback; it refuses nothing and trusts what it reads, so it
 * has no place in the gateway.
 */

/** One request or response: its head as text, its body joined. */
export interface HttpMessage {
  readonly head: string
  readonly body: Buffer
}

const headEnd = Buffer.from('\r\n\r\n')
const lineEnd = Buffer.from('\r\n')

/** Collects chunks of one connection and hands out the messages they complete. */
export class MessageReader {
  #rest: Buffer = Buffer.alloc(0)

  /** Takes bytes, returns every message that is now whole. */
  push(chunk: Buffer): readonly HttpMessage[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const messages: HttpMessage[] = []
    for (let message = this.#next(); message !== undefined; message = this.#next()) messages.push(message)
    return messages
  }

  #next(): HttpMessage | undefined {
    const bodyStart = this.#rest.indexOf(headEnd) + headEnd.length
    if (bodyStart < headEnd.length) return undefined
    const head = this.#rest.toString('latin1', 0, bodyStart - headEnd.length)
    if (/\r\ntransfer-encoding: *chunked/i.test(head)) return this.#chunked(head, bodyStart)
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
    if (this.#rest.length < bodyStart + length) return undefined
    const body = this.#rest.subarray(bodyStart, bodyStart + length)
    this.#rest = this.#rest.subarray(bodyStart + length)
    return { head, body }
  }

  #chunked(head: string, bodyStart: number): HttpMessage | undefined {
    const parts: Buffer[] = []
    let at = bodyStart
    for (;;) {
      const sizeEnd = this.#rest.indexOf(lineEnd, at)
      if (sizeEnd < 0) return undefined
      const size = Number.parseInt(this.#rest.toString('latin1', at, sizeEnd), 16)
      const dataStart = sizeEnd + lineEnd.length
      if (this.#rest.length < dataStart + size + lineEnd.length) return undefined
      at = dataStart + size + lineEnd.length
      if (size === 0) break
      parts.push(this.#rest.subarray(dataStart, dataStart + size))
    }
    this.#rest = this.#rest.subarray(at)
    return { head, body: Buffer.concat(parts) }
  }
}

/** The value of a header in a head, or the empty string. */
export function headerIn(head: string, name: string): string {
  return new RegExp(`\\r\\n${name}: *([^\\r]*)`, 'i').exec(head)?.[1] ?? ''
}
