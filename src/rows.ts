/** Durable rows by kind and name, as the domains use them; the store keeps them (`store/state.ts`). */
import type { JsonObject } from './wire/json-types.ts'

export interface Row {
  readonly name: string
  readonly value: JsonObject
}

export interface Rows {
  /** Every row of a kind. */
  all(kind: string): Promise<readonly Row[]>
  /** Writes a row; durable when it resolves, rejects with a Fault when it is not. */
  put(kind: string, name: string, value: JsonObject): Promise<void>
  /** Removes a row, if it is there; durable when it resolves. */
  remove(kind: string, name: string): Promise<void>
}
