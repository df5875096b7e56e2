/**
 * A built-in tool: one that the gateway itself serves at `/mcp/sallyport`. Its calls take the same path as every other
 * call; what is said here is only what it is and what it does once a call has been let through.
 */
import type { Grant } from '../identity/grant.ts'
import type { JsonObject } from '../wire/json-types.ts'

/** Who calls. There is no other way to name a caller: a tool acts for this grant or for nobody. */
export interface BuiltinCaller {
  readonly grant: Grant
}

/** What a tool answers: the data of its `outputSchema`, and the same in words for clients that show text only. */
export interface BuiltinAnswer {
  readonly data: JsonObject
  readonly text: string
}

export interface BuiltinTool {
  readonly name: string
  /** True: it changes nothing. Becomes `read_only` in the built-in policy and `readOnlyHint` in its definition. */
  readonly isReadOnly: boolean
  readonly title: string
  readonly description: string
  /** What the path of a call checks before `run`; without `additionalProperties` of any name. */
  readonly inputSchema: JsonObject
  readonly outputSchema: JsonObject
  /** `args` fit `inputSchema`. A throw is a fault: logged, answered as an unknown outcome. */
  run(caller: BuiltinCaller, args: JsonObject): BuiltinAnswer | Promise<BuiltinAnswer>
}

/** The definition as it is listed and pinned. */
export function definitionOf(tool: BuiltinTool): JsonObject {
  const { name, title, description, inputSchema, outputSchema, isReadOnly } = tool
  const annotations = {
    readOnlyHint: isReadOnly,
    destructiveHint: false,
    idempotentHint: isReadOnly,
    openWorldHint: false,
  }
  return { name, title, description, inputSchema, outputSchema, annotations }
}
