/**
 * Server-sent events, both ways (WHATWG HTML, section server-sent events). The reader takes bytes in any chunking, gives
 * complete events, keeps at most `eventBytesMax` bytes of an unfinished one and looks at every byte once. Line ends are
 * single bytes that never occur inside a UTF-8 sequence, so bytes are cut into lines first and decoded line by line.
 */
import { Fault } from '../errors.ts'

export interface SseEvent {
  /** `message` unless the block named another. */
  readonly event: string
  readonly data: string
  /** The id this block carried; `SseReader.lastEventId` has the one that still holds. */
  readonly id?: string
  /** Reconnection time in milliseconds, if this block carried one. */
  readonly retry?: number
}

/** A comment: keeps idle connections open, ignored by every reader. */
export const sseComment: string = ': keep-alive\n\n'

const lineFeed = 0x0a
const carriageReturn = 0x0d

/** Incremental reader of one event stream. */
export class SseReader {
  readonly #eventBytesMax: number
  readonly #utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
  #partial = new Uint8Array(0)
  #partialBytes = 0
  #heldBytes = 0
  #skipLineFeed = false
  #firstLine = true
  #event = ''
  #data: string[] = []
  #id: string | undefined
  #retry: number | undefined
  #lastEventId: string | undefined
  #retryMs: number | undefined

  /** `eventBytesMax` bounds the bytes of one event that are held at any time. */
  constructor(limits: { readonly eventBytesMax: number }) {
    this.#eventBytesMax = limits.eventBytesMax
  }

  /** The id to resume from: the last one any block carried, also blocks without data. */
  get lastEventId(): string | undefined {
    return this.#lastEventId
  }

  /** The last reconnection time any block asked for, in milliseconds. */
  get retryMs(): number | undefined {
    return this.#retryMs
  }

  /**
   * Takes the next bytes and returns the events they complete.
   * @throws Fault ERR_UPSTREAM_INVALID when one event is larger than `eventBytesMax`; the reader is then of no more use.
   */
  push(chunk: Uint8Array): SseEvent[] {
    const events: SseEvent[] = []
    let start = 0
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]
      if (byte !== lineFeed && byte !== carriageReturn) {
        this.#skipLineFeed = false
        continue
      }
      if (byte === lineFeed && this.#skipLineFeed) {
        this.#skipLineFeed = false
        start = i + 1
        continue
      }
      this.#skipLineFeed = byte === carriageReturn
      const event = this.#takeLine(this.#completeLine(chunk.subarray(start, i)))
      if (event !== undefined) events.push(event)
      start = i + 1
    }
    if (start < chunk.length) this.#hold(chunk.subarray(start))
    return events
  }

  /** Ends the stream. An event without its closing blank line is discarded, as the standard says: the list is empty. */
  end(): SseEvent[] {
    this.#partialBytes = 0
    this.#clear()
    return []
  }

  /** Keeps the start of a line. The buffer doubles, so that a stream of single bytes costs what its bytes cost. */
  #hold(bytes: Uint8Array): void {
    this.#count(bytes.length)
    const end = this.#partialBytes + bytes.length
    if (end > this.#partial.length) {
      const larger = new Uint8Array(Math.max(end, this.#partial.length * 2))
      larger.set(this.#partial.subarray(0, this.#partialBytes))
      this.#partial = larger
    }
    this.#partial.set(bytes, this.#partialBytes)
    this.#partialBytes = end
  }

  #count(bytes: number): void {
    this.#heldBytes += bytes
    if (this.#heldBytes <= this.#eventBytesMax) return
    throw new Fault('ERR_UPSTREAM_INVALID', { problem: `one event is larger than ${this.#eventBytesMax} bytes` })
  }

  #completeLine(rest: Uint8Array): string {
    let bytes = rest
    if (this.#partialBytes > 0) {
      this.#hold(rest)
      bytes = this.#partial.subarray(0, this.#partialBytes)
      this.#partialBytes = 0
    } else this.#count(rest.length)
    const line = this.#utf8.decode(bytes)
    // only data lines are kept until the event is complete
    if (!line.startsWith('data')) this.#heldBytes -= bytes.length
    const skip = this.#firstLine && line.charCodeAt(0) === 0xfeff ? 1 : 0
    this.#firstLine = false
    return skip === 0 ? line : line.slice(skip)
  }

  #takeLine(line: string): SseEvent | undefined {
    if (line === '') return this.#dispatch()
    const colon = line.indexOf(':')
    if (colon === 0) return undefined
    const field = colon === -1 ? line : line.slice(0, colon)
    const from = line.charCodeAt(colon + 1) === 0x20 ? colon + 2 : colon + 1
    const value = colon === -1 ? '' : line.slice(from)
    if (field === 'data') this.#data.push(value)
    else if (field === 'event') this.#event = value
    else if (field === 'id' && !value.includes('\0')) {
      this.#id = value
      this.#lastEventId = value
    } else if (field === 'retry' && /^\d{1,9}$/.test(value)) {
      this.#retry = Number(value)
      this.#retryMs = this.#retry
    }
    return undefined
  }

  #dispatch(): SseEvent | undefined {
    const event: SseEvent | undefined =
      this.#data.length === 0
        ? undefined
        : {
            event: this.#event === '' ? 'message' : this.#event,
            data: this.#data.join('\n'),
            ...(this.#id === undefined ? {} : { id: this.#id }),
            ...(this.#retry === undefined ? {} : { retry: this.#retry }),
          }
    this.#clear()
    return event
  }

  #clear(): void {
    this.#heldBytes = 0
    this.#event = ''
    this.#data = []
    this.#id = undefined
    this.#retry = undefined
  }
}

/**
 * Writes one event. Line ends inside `data` become further data lines and arrive as `\n`. `retry` is in milliseconds.
 * @throws Fault ERR_INTERNAL if `event` or `id` holds a line end or U+0000, which would forge fields.
 */
export function sseFrame(data: string, options: { event?: string; id?: string; retry?: number } = {}): string {
  let frame = ''
  for (const field of ['event', 'id'] as const) {
    const value = options[field]
    if (value === undefined) continue
    if (/[\r\n\0]/.test(value))
      throw new Fault('ERR_INTERNAL', {}, new TypeError(`line end in the ${field} of an event`))
    frame += `${field}: ${value}\n`
  }
  if (options.retry !== undefined) frame += `retry: ${options.retry}\n`
  for (const line of data.split(/\r\n|\r|\n/)) frame += `data: ${line}\n`
  return `${frame}\n`
}
