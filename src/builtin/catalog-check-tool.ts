/**
 * `catalog.checkTool`: the rating of one tool with everything it rests on. A hidden, unreviewed or foreign tool is
 * answered like one that does not exist: asking tells no more than listing.
 */
import type { JsonObject } from '../wire/json-types.ts'
import { showInvisible } from '../wire/names.ts'
import { checkToolInput, checkToolOutput } from './catalog-schemas.ts'
import { type CatalogServices, foreignWords, ratingText } from './catalog-services.ts'
import type { BuiltinTool } from './tool.ts'

export function catalogCheckTool({ offered, askCatalogue }: CatalogServices): BuiltinTool {
  return {
    name: 'catalog.checkTool',
    title: 'What can this tool do?',
    description:
      'Rates one tool of a server by its definition: category, severity, the words the rating rests on, the category ' +
      'it nearly had, known attacks that concern it, and the rule it should be used under. Servers are named as in ' +
      '`catalog.checkServer`. Nothing is started or called.',
    isReadOnly: true,
    inputSchema: checkToolInput,
    outputSchema: checkToolOutput,
    async run({ grant }, { server: givenServer, tool: givenTool }) {
      const server = String(givenServer)
      const tool = String(givenTool)
      const data = await askCatalogue({ kind: 'tool', server, tool, own: offered(grant, server) })
      return data === undefined ? unknownTool(server, tool) : { data, text: textOf(data) }
    },
  }
}

function unknownTool(givenServer: string, givenTool: string) {
  const server = showInvisible(givenServer)
  const tool = showInvisible(givenTool)
  const text = `no tool \`${tool}\` of \`${server}\` is known to you; \`catalog.checkServer\` lists those of a server`
  return { data: { server, tool, found: false }, text }
}

interface Place {
  readonly where: string
  readonly pointer: string
  readonly quote: string
  readonly note?: string
}

function textOf(data: JsonObject): string {
  const { server, tool, confidence, evidence, runnerUp, attacks, findings, recommended } = data
  const { rule, ...treatment } = recommended as JsonObject
  const { category, why } = runnerUp as { category: string; why: string }
  const named = attacks as readonly string[]
  const quotes = evidence as unknown as readonly (Place & { says: string })[]
  const found = findings as unknown as readonly (Place & { weight: string; note: string })[]
  return [
    `\`${String(tool)}\` of \`${String(server)}\`: ${ratingText({ ...data, ...treatment })}`,
    `sure: ${Math.round(Number(confidence) * 100)}%; not ${category}: ${why}`,
    ...quotes.map(
      ({ says, where, pointer, quote, note }) =>
        `${says}: \`${quote}\` in the ${where} at ${pointer}${note === undefined ? '' : `, ${note}`}`,
    ),
    ...found.map(
      ({ weight, pointer, quote, note }) => `${weight}: ${note}${quote === '' ? '' : `, \`${quote}\``} at ${pointer}`,
    ),
    ...(named.length === 0 ? [] : [`attacks: ${named.join(', ')}`]),
    `rule: ${JSON.stringify(rule)}`,
    foreignWords,
  ].join('\n')
}
