/** Tools that the gateway takes in no case, said where somebody would copy a policy for them. */
import { type Html, html, listed } from './markup.ts'
import type { CatalogueServer, CatalogueTool } from './model.ts'
import { prose, toolLink } from './parts.ts'
import { counted } from './words.ts'

/** On the page of a server: which tools, by reason. Nothing where there are none. */
export function refusalsPart(server: CatalogueServer, folder: string): Html | undefined {
  if (server.refusals.length === 0) return undefined
  const byReason = [...Map.groupBy(server.refusals, ({ reason }) => reason)]
  return html`<aside class="callout" id="not-pinned"><p><strong>${counted(server.refusals.length, 'tool')} cannot be used through the gateway</strong>, whatever a policy says: what cannot be judged cannot be pinned.</p>
${byReason.map(([reason, own]) => {
  const names = own.map(({ tool }) => linkOf(tool, server, folder))
  return html`<p>${listed(names)}: ${prose(reason)}.</p>\n`
})}</aside>`
}

/** Why a tool cannot be pinned, for its JSON; empty where it can. */
export function refusalOf({ server, name, within }: CatalogueTool): { readonly notPinned?: string } {
  const refusal = within === undefined ? server.refusals.find(({ tool }) => tool === name) : undefined
  return refusal === undefined ? {} : { notPinned: refusal.reason }
}

/** On the page of such a tool. */
export function refusalPart(tool: CatalogueTool): Html | undefined {
  const { notPinned } = refusalOf(tool)
  if (notPinned === undefined) return undefined
  return html`<aside class="callout"><p><strong>This tool cannot be used through the gateway</strong>, whatever a policy says: ${prose(notPinned)}. What cannot be judged cannot be pinned; the author of the server would have to correct the definition.</p></aside>`
}

function linkOf(name: string, server: CatalogueServer, folder: string): Html {
  const tool = server.tools.find(each => each.name === name)
  return tool === undefined ? html`<code>${name}</code>` : toolLink(tool, folder)
}
