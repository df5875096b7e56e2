/**
 * The store's one thread. It takes everything that waits at its port, writes all of it in one transaction, answers
 * once, and only then reads. It ends only when told to: a failed write is an answer, not an end.
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { Keeper } from './keeper.ts'
import type { Answer, Ask, Opened, ReadMessage, WorkerSettings, WriteMessage } from './messages.ts'
import { Queries } from './queries.ts'
import { OpenFailure, reasonOf } from './schema.ts'

const port = parentPort
if (port === null) throw new Error('worker.ts runs as a worker of the store, not by itself')

const keeper = new Keeper(workerData as WorkerSettings)
let queries: Queries | undefined

const say = (answer: Answer) => port.postMessage(answer)
const onOpened = (opened: Opened) => {
  queries = undefined
  say(['opened', opened])
}

try {
  keeper.ready(onOpened)
} catch (cause) {
  if (!(cause instanceof OpenFailure)) throw cause
  say(['broken', cause.code, cause.details])
}

port.on('message', (first: Ask) => {
  const asks: Ask[] = [first]
  for (let more = receiveMessageOnPort(port); more !== undefined; more = receiveMessageOnPort(port)) {
    asks.push(more.message as Ask)
  }
  for (const ask of asks) if (ask[0] === 'mark') mark(ask[1], ask[2])
  const writes = asks.filter(ask => ask[0] === 'write')
  if (writes.length > 0) write(writes)
  for (const ask of asks) if (ask[0] === 'read') read(ask)
  if (asks.some(ask => ask[0] === 'stop')) stop()
})

function write(writes: readonly WriteMessage[]): void {
  try {
    keeper.ready(onOpened)
    say(['wrote', keeper.write(writes)])
  } catch (cause) {
    queries = undefined
    const ids = writes.map(one => one[1])
    say(['failed', ids, reasonOf(cause)])
  }
}

function read([, id, name, ask]: ReadMessage): void {
  try {
    queries ??= new Queries(keeper.ready(onOpened))
    say(['answer', id, queries.answer(name, ask)])
  } catch (cause) {
    say(['unanswered', id, reasonOf(cause)])
  }
}

function mark(name: string, value: string): void {
  try {
    keeper.ready(onOpened)
    keeper.mark(name, value)
  } catch (cause) {
    // nothing waits for it: without the mark the next start believes the wall clock, or looks further back
    if (!(cause instanceof Error)) throw cause
  }
}

function stop(): void {
  keeper.abandon()
  say(['stopped'])
  port?.close()
}
