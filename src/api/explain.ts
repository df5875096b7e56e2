/** What a call of a grant would be answered now. Nothing is forwarded, reserved or charged, and no record is written. */
import { builtinName } from '../builtin/builtin.ts'
import { accepted, refused } from '../errors.ts'
import { endpoint } from './endpoint.ts'
import * as shapes from './shapes.ts'

export const explainCall = endpoint({
  method: 'post',
  path: '/explain',
  summary: 'what a call of this grant would be answered now, without making it',
  params: shapes.nothing,
  query: shapes.nothing,
  body: shapes.explainQuestion,
  answer: shapes.explainAnswer,
  refusals: ['ERR_GRANT_UNKNOWN', 'ERR_SERVER_UNKNOWN', 'ERR_GRANT_NOT_ATTACHED'],
  async run(deps, { body }) {
    const { grant: name, server, tool, args = {} } = body
    const view = deps.grants.get(name)
    if (view === undefined) return refused('ERR_GRANT_UNKNOWN', { name })
    const { grant, state } = view
    if (server !== builtinName) {
      if (deps.servers.get(server) === undefined) return refused('ERR_SERVER_UNKNOWN', { server })
      if (!grant.servers.has(server)) return refused('ERR_GRANT_NOT_ATTACHED', { name, server })
    }
    const explanation = deps.explain(grant, { server, tool, args })
    return accepted({ server, grant: name, grantState: state, tool, explanation })
  },
})
