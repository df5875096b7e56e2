/** The table of built-in tools. A new one is a file of its own and a line here; `docs/reference/built-in-tools.md` too. */
import type { Grant } from '../identity/grant.ts'
import { catalogCheckServer } from './catalog-check-server.ts'
import { catalogCheckTool } from './catalog-check-tool.ts'
import { catalogSearchServers } from './catalog-search-servers.ts'
import type { CatalogServices } from './catalog-services.ts'
import type { Explained, Question } from './explained.ts'
import { policyExplain } from './policy-explain.ts'
import type { BuiltinTool } from './tool.ts'

/** What the tools need of the gateway. */
export interface BuiltinServices extends CatalogServices {
  /** What would be answered to a call of this grant, at this moment. */
  readonly explain: (grant: Grant, question: Question) => Explained
}

export function builtinTools(services: BuiltinServices): readonly BuiltinTool[] {
  return [
    policyExplain(services),
    catalogCheckServer(services),
    catalogSearchServers(services),
    catalogCheckTool(services),
  ]
}
