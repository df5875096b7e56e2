/** The thread of `token-thread.ts`: counts the texts it was started with, answers once. */
import { parentPort, workerData } from 'node:worker_threads'
import { loadTokenCounter } from './tokens.ts'

const countTokens = await loadTokenCounter()
parentPort?.postMessage((workerData as readonly string[]).map(countTokens))
