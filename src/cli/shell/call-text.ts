/** A call that an analysis made up, as people read it and as they can try it. */
import type { Call } from '../../policy/analysis/call.ts'
import { isJsonObject, type JsonObject } from '../../wire/json-types.ts'
import { visible } from './layout.ts'

/** The call in one line: its tool, its arguments, and who makes it when where that matters. `tools`: the list of tools it is from. */
export function callText({ tool, args, context }: Call, tools: string | undefined): string {
  const shown = shownContext(context, tools)
  const more = Object.keys(shown).length === 0 ? '' : ` with ${JSON.stringify(shown)}`
  return visible(`${tool} ${JSON.stringify(args)}${more}`)
}

/** The command that explains the call, on one line: it is there to be pasted. */
export function explainText(file: string, { tool, args, context }: Call, tools: string | undefined): string {
  const shown = shownContext(context, tools)
  const given = Object.keys(shown).length === 0 ? '' : ` --context ${quoted(JSON.stringify(shown))}`
  const list = tools === undefined ? '' : ` --tools ${fileText(tools)}`
  const call = `--tool ${tool} --args ${quoted(JSON.stringify(args))}`
  return visible(`  sallyport policy explain --policy ${fileText(file)}${list} ${call}${given}`)
}

/** What the list of tools says of a tool is not said again. */
function shownContext(context: JsonObject, tools: string | undefined): JsonObject {
  const { tool, ...rest } = context
  if (tools === undefined || tool === undefined || !isJsonObject(tool)) return context
  const { annotations: _annotations, ...rated } = tool
  return Object.keys(rated).length === 0 ? rest : { ...rest, tool: rated }
}

function fileText(file: string): string {
  return /^[\w./-]+$/.test(file) ? file : quoted(file)
}

/** Between single quotes of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
