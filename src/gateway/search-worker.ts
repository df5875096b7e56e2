/** The thread of `searching.ts`: takes one job at a time and answers it. It ends when it is told to, or taken away. */
import { parentPort } from 'node:worker_threads'
import { type Found, type Job, searchTexts } from '../policy/search.ts'

/** What is asked, under a number. */
export type Ask = readonly [id: number, job: Job]
/** What was found, or nothing: given up within its bounds. */
export type Told = readonly [id: number, found: Found | undefined]

const port = parentPort
if (port === null) throw new Error('search-worker.ts runs as a thread of the gateway, not by itself')
port.on('message', ([id, job]: Ask) => port.postMessage([id, searchTexts(job)] satisfies Told))
