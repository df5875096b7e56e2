/**
 * Small durable state of other rooms: pinned definitions, minted grants, entries made through the API. One table of
 * kind and name to a JSON object. A change is durable when its promise resolves, and changes of one call belong
 * together: all are durable or none. Values come back as they were put, numbers beyond doubles included.
 */
import type { Row, Rows } from '../rows.ts'
import { readLossless } from '../wire/json.ts'
import type { JsonObject } from '../wire/json-types.ts'
import type { StateChange } from './messages.ts'

/** Where the rows live. */
export interface StateSource {
  change(changes: readonly StateChange[]): Promise<void>
  read(kind: string): Promise<readonly (readonly [name: string, value: string])[]>
}

/** Our own text: nesting was bounded when the value was first read. */
const depthMax = 512

export class StateRows implements Rows {
  private readonly source: StateSource

  constructor(source: StateSource) {
    this.source = source
  }

  async all(kind: string): Promise<readonly Row[]> {
    const rows = await this.source.read(kind)
    return rows.map(([name, value]) => ({ name, value: readLossless(value, depthMax) as JsonObject }))
  }

  put(kind: string, name: string, value: JsonObject): Promise<void> {
    return this.source.change([[kind, name, JSON.stringify(value)]])
  }

  remove(kind: string, name: string): Promise<void> {
    return this.source.change([[kind, name, null]])
  }
}
