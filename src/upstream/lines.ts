/**
 * Cuts a byte stream into lines. A line over the limit is discarded up to its end and only its last bytes are shown;
 * memory never exceeds one line.
 */

const lineFeed = 0x0a
const tailBytes = 128

export class LineReader {
  readonly #lineBytesMax: number
  readonly #take: (line: Buffer) => void
  readonly #overflow: (tail: string) => void
  #parts: Buffer[] = []
  #heldBytes = 0
  /** The end of a line that is being discarded. */
  #discarded: Buffer | undefined

  /** `take` gets each line without its end; `overflow` the last bytes of each line that was too long. */
  constructor(lineBytesMax: number, take: (line: Buffer) => void, overflow: (tail: string) => void) {
    this.#lineBytesMax = lineBytesMax
    this.#take = take
    this.#overflow = overflow
  }

  push(chunk: Buffer): void {
    let start = 0
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      this.#finish(chunk.subarray(start, end))
      start = end + 1
    }
    if (start < chunk.length) this.#hold(chunk.subarray(start))
  }

  #finish(rest: Buffer): void {
    this.#hold(rest)
    if (this.#discarded !== undefined) {
      const tail = this.#discarded.toString('latin1')
      this.#discarded = undefined
      this.#overflow(tail)
      return
    }
    const line = this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts, this.#heldBytes)
    this.#clear()
    if (line.length > 0) this.#take(line)
  }

  #hold(bytes: Buffer): void {
    if (this.#discarded !== undefined) {
      this.#discarded = lastOf(this.#discarded, bytes)
      return
    }
    this.#parts.push(bytes)
    this.#heldBytes += bytes.length
    if (this.#heldBytes <= this.#lineBytesMax) return
    this.#discarded = lastOf(Buffer.alloc(0), bytes)
    this.#clear()
  }

  #clear(): void {
    this.#parts = []
    this.#heldBytes = 0
  }
}

function lastOf(before: Buffer, bytes: Buffer): Buffer {
  return bytes.length >= tailBytes
    ? Buffer.from(bytes.subarray(-tailBytes))
    : Buffer.concat([before, bytes]).subarray(-tailBytes)
}
