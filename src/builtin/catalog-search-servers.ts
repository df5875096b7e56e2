/** `catalog.searchServers`: servers of the shipped catalogue by words. Knows nothing of the servers of any grant. */
import type { JsonObject } from '../wire/json-types.ts'
import { searchInput, searchOutput } from './catalog-schemas.ts'
import { type CatalogServices, foreignWords } from './catalog-services.ts'
import type { BuiltinTool } from './tool.ts'

const limitDefault = 10

export function catalogSearchServers({ askCatalogue }: Pick<CatalogServices, 'askCatalogue'>): BuiltinTool {
  return {
    name: 'catalog.searchServers',
    title: 'Which public servers are there for this?',
    description:
      'Finds public MCP servers in the catalogue by words of their names, tools and descriptions, with the grade of ' +
      'each. The catalogue came with the gateway; nothing outside is asked. What a server can do: `catalog.checkServer`.',
    isReadOnly: true,
    inputSchema: searchInput,
    outputSchema: searchOutput,
    async run(_caller, { query: given, limit }) {
      const query = String(given)
      const data = await askCatalogue({ kind: 'search', query, limit: Number(limit ?? limitDefault) })
      return { data: data ?? {}, text: textOf(data ?? {}) }
    },
  }
}

function textOf({ query, total, servers }: JsonObject): string {
  const found = servers as readonly JsonObject[]
  if (found.length === 0) return `no server of the catalogue is about \`${String(query)}\`; try other words`
  const left = Number(total) - found.length
  return [
    `${String(total)} ${total === 1 ? 'server matches' : 'servers match'} \`${String(query)}\``,
    ...found.map(lineOf),
    ...(left === 0 ? [] : [`and ${left} more: more words find fewer`]),
    foreignWords,
  ].join('\n')
}

function lineOf({ slug, title, package: name, version, grade, toolCount, matching }: JsonObject): string {
  const rated = grade === undefined ? '' : `, grade ${String(grade)}`
  const from = name === undefined ? '' : `, ${String(name)} ${String(version)}`
  const tools = matching as readonly string[]
  const named = tools.length === 0 ? '' : `, with ${tools.join(', ')}`
  return `- ${String(slug)}: ${String(title)}${from}${rated}, ${String(toolCount)} ${toolCount === 1 ? 'tool' : 'tools'}${named}`
}
