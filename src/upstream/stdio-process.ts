/**
 * One process of a stdio server: an argument vector, never a shell; an explicit environment (the entry's, plus PATH and
 * HOME of the gateway); its own process group. Bounds every line, the junk, the waiting writes and the kept end of
 * standard error. Ends with SIGTERM, then SIGKILL, for the whole group.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import type { Clock } from '../clock.ts'
import { durations, limits } from '../limits.ts'
import type { Carrier, Outgoing } from './channel.ts'
import { LineReader } from './lines.ts'
import { reapGroup, signalGroup, watchGroup } from './process-group.ts'
import type { StdioEntry } from './upstream.ts'

/** Who hears the process. */
export interface ProcessTaker {
  /** One line of standard output. False: it was no message, or one for nobody. */
  line(text: string, bytes: number): boolean
  /** A line over the limit was discarded; `tail` is its end. */
  overflow(tail: string): void
  /** Called once: the process is gone, or never started. */
  ended(reason: string): void
}

/** Pipes may be held open by descendants: what the leader wrote before its end is waited for this long. */
const lastWordsMs = 250
const junkWindowMs = durations.minute

export class StdioProcess implements Carrier {
  readonly startedMs: number
  readonly #clock: Clock
  readonly #taker: ProcessTaker
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #waiting: Outgoing[] = []
  #waitingBytes = 0
  #isFull = false
  #junkBytes = 0
  #junkSinceMs = 0
  #stderr = Buffer.alloc(0)
  #reason: string | undefined
  #over = false
  #gone: Promise<void>
  #setGone: () => void = () => undefined
  #cancelTimer: (() => void) | undefined

  constructor(entry: StdioEntry, clock: Clock, taker: ProcessTaker) {
    this.#clock = clock
    this.#taker = taker
    this.startedMs = clock.steadyMs()
    this.#gone = new Promise(resolve => {
      this.#setGone = resolve
    })
    this.#child = spawn(entry.command, [...entry.args], {
      ...(entry.cwd === undefined ? {} : { cwd: entry.cwd }),
      env: environmentOf(entry),
      detached: true,
      shell: false,
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    })
    if (this.#child.pid !== undefined) watchGroup(this.#child.pid)
    this.#wire()
  }

  /** The end of standard error. */
  get stderr(): string {
    return this.#stderr.toString('utf8')
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Hands a message to the process, or queues it while the process does not read. False: the queue is full. */
  write(message: Outgoing): boolean {
    if (this.#over || this.#reason !== undefined) return false
    if (!this.#isFull) {
      this.#send(message)
      return true
    }
    if (this.#waitingBytes + message.text.length > limits.upstreamQueueBytesMax) return false
    this.#waiting.push(message)
    this.#waitingBytes += message.text.length
    return true
  }

  /** Ends the group: input closed and SIGTERM, SIGKILL after the grace. Resolves when the process is gone. */
  stop(reason: string): Promise<void> {
    if (this.#over || this.#reason !== undefined) return this.#gone
    this.#reason = reason
    this.#child.stdin.end()
    const pid = this.#child.pid
    if (pid !== undefined) {
      signalGroup(pid, 'SIGTERM')
      this.#cancelTimer = this.#clock.timer(limits.upstreamKillGraceMs, () => signalGroup(pid, 'SIGKILL'))
    }
    return this.#gone
  }

  #wire(): void {
    const { stdin, stdout, stderr } = this.#child
    const lines = new LineReader(
      limits.upstreamLineBytesMax,
      line => this.#line(line),
      tail => this.#taker.overflow(tail),
    )
    stdout.on('data', (chunk: Buffer) => lines.push(chunk))
    stdout.on('end', () => void this.stop('it closed its standard output'))
    stderr.on('data', (chunk: Buffer) => this.#keep(chunk))
    stdin.on('drain', () => this.#flush())
    stdin.on('error', () => void this.stop('it closed its standard input'))
    stdout.on('error', () => undefined)
    stderr.on('error', () => undefined)
    this.#child.on('error', error => this.#end(`not started: ${'code' in error ? error.code : error.name}`))
    this.#child.on('exit', (code, signal) => {
      const reason = this.#reason ?? (signal === null ? `it exited with code ${code}` : `it was ended by ${signal}`)
      this.#cancelTimer?.()
      this.#cancelTimer = this.#clock.timer(lastWordsMs, () => this.#end(reason))
      this.#child.once('close', () => this.#end(reason))
    })
  }

  #line(line: Buffer): void {
    if (this.#over || this.#taker.line(line.toString('utf8'), line.length)) return
    const now = this.#clock.steadyMs()
    if (now - this.#junkSinceMs > junkWindowMs) {
      this.#junkSinceMs = now
      this.#junkBytes = 0
    }
    this.#junkBytes += line.length
    if (this.#junkBytes > limits.upstreamJunkBytesMax) void this.stop('it keeps writing what is no message')
  }

  #keep(chunk: Buffer): void {
    const max = limits.upstreamStderrTailBytes
    this.#stderr =
      chunk.length >= max
        ? Buffer.from(chunk.subarray(-max))
        : Buffer.concat([this.#stderr.subarray(-(max - chunk.length)), chunk])
  }

  #send(message: Outgoing): void {
    if (!message.begin()) return
    this.#isFull = !this.#child.stdin.write(`${message.text}\n`)
  }

  #flush(): void {
    this.#isFull = false
    while (!this.#isFull) {
      const next = this.#waiting.shift()
      if (next === undefined) break
      this.#waitingBytes -= next.text.length
      this.#send(next)
    }
  }

  #end(reason: string): void {
    if (this.#over) return
    this.#over = true
    this.#cancelTimer?.()
    if (this.#child.pid !== undefined) reapGroup(this.#child.pid)
    this.#child.stdin.destroy()
    this.#child.stdout.destroy()
    this.#child.stderr.destroy()
    this.#setGone()
    this.#taker.ended(reason)
  }
}

/** Nothing of the gateway's environment but PATH (to find the command) and HOME (package caches); the entry overrides. */
function environmentOf(entry: StdioEntry): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env
  return {
    ...(PATH === undefined ? {} : { PATH }),
    ...(HOME === undefined ? {} : { HOME }),
    ...entry.env,
  }
}
