/**
 * Counts tokens in a thread of its own, so that loading the vocabulary and counting go on while the tools are rated. The
 * thread ends with its answer.
 */
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { JsonObject } from '../../wire/json-types.ts'

/** The tokens of each definition, in their order. Rejects when the thread breaks. */
export function countInThread(definitions: readonly JsonObject[]): Promise<readonly number[]> {
  const path = new URL(`./token-thread-worker${extname(import.meta.url)}`, import.meta.url)
  const { promise, resolve, reject } = Promise.withResolvers<readonly number[]>()
  const worker = new Worker(path, { workerData: definitions.map(each => JSON.stringify(each)) })
  worker.once('message', resolve)
  worker.once('error', reject)
  worker.once('exit', code => reject(new Error(`the thread that counts tokens ended without an answer, code ${code}`)))
  // whoever asked may still be loading what rates; the rejection reaches them when they wait
  promise.catch(() => undefined)
  return promise
}
