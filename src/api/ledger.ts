/** The ledger, to be read: a page, one record, or everything as JSON lines. Nothing here can write it. */
import type { z } from 'zod'
import { accepted, refused } from '../errors.ts'
import type { LineQuery } from '../ledger/ledger.ts'
import type { LedgerLine } from '../ledger/line.ts'
import { limits } from '../limits.ts'
import type { ApiDeps } from './deps.ts'
import { endpoint } from './endpoint.ts'
import * as shapes from './shapes.ts'

export const pageLedger = endpoint({
  method: 'get',
  path: '/ledger',
  summary: 'records, oldest first: the first after `after`, else the last before `before`, else the last of all',
  params: shapes.nothing,
  query: shapes.ledgerQuery,
  answer: shapes.ledgerAnswer,
  refusals: [],
  async run(deps, { query }) {
    const { limit, after, before, ...filters } = query
    const lines = await deps.ledger.page({
      ...filtersOf(filters),
      limit,
      ...(after === undefined ? {} : { after }),
      ...(before === undefined ? {} : { before }),
    })
    return accepted({ records: lines.map(line => ({ ...line })) })
  },
})

export const getRecord = endpoint({
  method: 'get',
  path: '/ledger/{requestId}',
  summary: 'the record of one request',
  params: shapes.requestNamed,
  query: shapes.nothing,
  answer: shapes.recordAnswer,
  refusals: ['ERR_RECORD_UNKNOWN'],
  async run(deps, { params }) {
    const [line] = await deps.ledger.page({ requestId: params.requestId, limit: 1 })
    return line === undefined
      ? refused('ERR_RECORD_UNKNOWN', { requestId: params.requestId })
      : accepted({ record: { ...line } })
  },
})

type Filters = z.output<typeof shapes.ledgerFilters>

function filtersOf({ since, ...rest }: Filters): Omit<LineQuery, 'limit'> {
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
  if (since === undefined) return given
  return { ...given, sinceMs: typeof since === 'number' ? since : Date.parse(since) }
}

/** JSON lines of the records that pass the filters; without filters, an export that can be verified. */
export function exportLines(deps: ApiDeps, query: Filters): ReadableStream<Uint8Array> {
  const filters = filtersOf(query)
  const pages = Object.keys(filters).length === 0 ? deps.ledger.export() : filteredPages(deps, filters)
  const encoder = new TextEncoder()
  const iterator = pages[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>({
    // One page for each pull: a slow reader holds one page in memory, not the ledger.
    async pull(controller) {
      const next = await iterator.next()
      if (next.done === true) controller.close()
      else controller.enqueue(encoder.encode(next.value.map(line => `${JSON.stringify(line)}\n`).join('')))
    },
    async cancel() {
      await iterator.return?.(undefined)
    },
  })
}

async function* filteredPages(deps: ApiDeps, filters: Omit<LineQuery, 'limit'>): AsyncIterable<readonly LedgerLine[]> {
  let after = 0
  while (true) {
    const page = await deps.ledger.page({ ...filters, after, limit: limits.ledgerPageLinesMax })
    if (page.length > 0) yield page
    const last = page.at(-1)
    if (last === undefined || page.length < limits.ledgerPageLinesMax) return
    after = last.seq
  }
}
