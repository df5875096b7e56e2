/** The tools of a server from a file: the result of `tools/list`, whole or only its array, or `server show --json`. */
import { z } from 'zod'
import type { ToolFacts } from '../../policy/verdict.ts'
import type { Json, JsonObject } from '../../wire/json-types.ts'
import { stop } from './exits.ts'
import { readTextFile } from './files.ts'

const json = z.custom<Json>(() => true)
const members = z.custom<JsonObject>(value => typeof value === 'object' && value !== null && !Array.isArray(value))
const definition = z.looseObject({
  name: z.string(),
  inputSchema: json.optional(),
  outputSchema: json.optional(),
  annotations: members.optional(),
  category: z.string().optional().catch(undefined),
  severity: z.string().optional().catch(undefined),
})
type Definition = z.infer<typeof definition>
const listed = z.object({ name: z.string(), definition })
const tools = z.array(z.union([listed.transform(tool => tool.definition), definition]))
const fileShape = z.union([
  tools,
  z.object({ tools }).transform(file => file.tools),
  z.object({ result: z.object({ tools }) }).transform(file => file.result.tools),
])

/** What the policy checks may know of the tools in `file`; a usage `Stop` when it is not a list of tools. */
export function readToolFacts(file: string): readonly ToolFacts[] {
  return readList(file).map(({ name, inputSchema, outputSchema, annotations, category, severity }) => ({
    name,
    ...(inputSchema === undefined ? {} : { inputSchema }),
    ...(outputSchema === undefined ? {} : { outputSchema }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(category === undefined ? {} : { category }),
    ...(severity === undefined ? {} : { severity }),
  }))
}

/** The definitions in `file`, whole; a usage `Stop` when it is not a list of tools. */
export function readDefinitions(file: string): readonly JsonObject[] {
  // read from JSON, so no member of them is `undefined`
  return readList(file) as unknown as readonly JsonObject[]
}

function readList(file: string): readonly Definition[] {
  const text = readTextFile(file)
  try {
    return fileShape.parse(JSON.parse(text))
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error
    throw stop(
      'ERR_CLI_FILE',
      { file, reason: 'it is not a list of tools' },
      'save `sallyport server show NAME --json` in it',
    )
  }
}
