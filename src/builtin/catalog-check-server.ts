/**
 * `catalog.checkServer`: what a server can do, before an agent relies on it: one of its own, from the definitions it may
 * list, or one of the shipped catalogue. A server of others is answered like one that does not exist.
 */
import type { JsonObject } from '../wire/json-types.ts'
import { showInvisible } from '../wire/names.ts'
import { checkServerInput, checkServerOutput } from './catalog-schemas.ts'
import { type CatalogServices, countsText, foreignWords, ratingText } from './catalog-services.ts'
import type { BuiltinTool } from './tool.ts'

export function catalogCheckServer({ offered, askCatalogue }: CatalogServices): BuiltinTool {
  return {
    name: 'catalog.checkServer',
    title: 'What can this server do?',
    description:
      'Rates an MCP server by its tool definitions: grade, what its tools can do with the riskiest first, what it asks ' +
      'for, and how each tool should be treated. A server of yours by its name, or one of the public servers in the ' +
      'catalogue by slug, npm package or registry name. Nothing is started or called.',
    isReadOnly: true,
    inputSchema: checkServerInput,
    outputSchema: checkServerOutput,
    async run({ grant }, { server: given }) {
      const server = String(given)
      const data = await askCatalogue({ kind: 'server', server, own: offered(grant, server) })
      return data === undefined ? unknownServer(server) : { data, text: textOf(data) }
    },
  }
}

function unknownServer(given: string) {
  const server = showInvisible(given)
  const text = `\`${server}\` is neither a server of yours nor one of the catalogue; \`catalog.searchServers\` finds servers by words`
  return { data: { server, found: false }, text }
}

function textOf(data: JsonObject): string {
  const { server, source, title, package: name, version, scannedAt, grade, points, deductions } = data
  const { totals, tokens, tools, moreTools, recommended } = data
  const about = `${String(title)}, ${String(name ?? 'no package')} ${String(version ?? '')}, looked at ${String(scannedAt)}`
  const lost = deductions as readonly { reason: string; points: number }[]
  const told = tools as readonly JsonObject[]
  const { level, ...treatments } = recommended as JsonObject
  return [
    `\`${String(server)}\`: grade ${String(grade)}, ${String(points)} of 100 (${source === 'grant' ? 'a server of yours, as you may list it' : about})`,
    ...(lost.length === 0 ? [] : [`less: ${lost.map(each => `${each.points} for ${each.reason}`).join('; ')}`]),
    `tools: ${countsText(totals as JsonObject) || 'none'}; ${String(tokens)} tokens`,
    postureText(data['posture'] as JsonObject),
    ...(told.length === 0 ? [] : [`recommended (${String(level)}): ${treatmentsText(treatments)}`]),
    ...told.map(tool => `- ${String(tool['name'])}: ${ratingText(tool)}`),
    ...(moreTools === 0 ? [] : [`and ${String(moreTools)} more, less risky`]),
    foreignWords,
  ].join('\n')
}

const treatmentWords: Readonly<Record<string, string>> = { limit: 'at a pace', approve: 'after approval' }

function treatmentsText(counts: JsonObject): string {
  return Object.entries(counts)
    .map(([treatment, count]) => `${String(count)} ${treatmentWords[treatment] ?? treatment}`)
    .join(', ')
}

function postureText({ era, protocolVersion, transport, annotatedTools, hasInstructions, credentials }: JsonObject) {
  const annotated = `${String(annotatedTools)} with annotations`
  if (transport === undefined) return `posture: ${annotated}`
  const asks = (credentials as readonly string[]).join(', ') || 'no credential'
  const sends = hasInstructions === true ? 'sends instructions' : 'no instructions'
  return `posture: MCP ${String(protocolVersion)} (${String(era)}), ${String(transport)}; asks for ${asks}; ${sends}; ${annotated}`
}
