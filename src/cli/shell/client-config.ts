/**
 * How to point an MCP client at the gateway, in the client's own format. The token is always a variable of the
 * environment, never written into a file that ends up in a repository.
 */

/** `$` + `{name}`, the reference to a variable in these files; they differ in what they call the variable. */
const reference = (name: string): string => `$\{${name}}`

/** Where agents reach one server, or all servers of a grant. */
export function endpoint(gatewayUrl: string, server: string | undefined): string {
  return server === undefined ? `${gatewayUrl}/mcp` : `${gatewayUrl}/mcp/${server}`
}

/** The short hint after a grant was made: one command for Claude Code, and where the built-in tools are. */
export function clientHint(gatewayUrl: string, servers: readonly string[]): string {
  const only = servers.length === 1 ? servers[0] : undefined
  return `point a client at it, for example Claude Code:
  export SALLYPORT_TOKEN=sp_…
  claude mcp add -t http ${only ?? 'sallyport'} ${endpoint(gatewayUrl, only)} \\
    -H 'Authorization: Bearer \${SALLYPORT_TOKEN}'
and in the same way, for policy.explain (would this call be let through?):
  ${endpoint(gatewayUrl, 'sallyport')}
`
}

/** JSON in which whatever fits on one line is on one line. */
function compactJson(value: unknown, indent = ''): string {
  const line = lineOfJson(value)
  if (typeof value !== 'object' || value === null || indent.length + line.length <= compactCharactersMax) return line
  const deeper = `${indent}  `
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  const name = (key: string) => (Array.isArray(value) ? '' : `${JSON.stringify(key)}: `)
  const members = Object.entries(value).map(([key, member]) => `${deeper}${name(key)}${compactJson(member, deeper)}`)
  return `${open}\n${members.join(',\n')}\n${indent}${close}`
}

function lineOfJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(lineOfJson).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{ ${Object.entries(value)
    .map(([key, member]) => `${JSON.stringify(key)}: ${lineOfJson(member)}`)
    .join(', ')} }`
}

const compactCharactersMax = 56

/** Configuration of the usual clients for one endpoint: title, file, and the text that goes into it. */
export function clientConfigurations(url: string): readonly { client: string; file: string; text: string }[] {
  const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })
  return [
    {
      client: 'Claude Code',
      file: '.mcp.json in the project',
      text: compactJson({
        mcpServers: { sallyport: { type: 'http', url, headers: bearer(reference('SALLYPORT_TOKEN')) } },
      }),
    },
    {
      client: 'Cursor',
      file: '.cursor/mcp.json in the project, or ~/.cursor/mcp.json',
      text: compactJson({ mcpServers: { sallyport: { url, headers: bearer(reference('env:SALLYPORT_TOKEN')) } } }),
    },
    {
      client: 'VS Code',
      file: '.vscode/mcp.json in the project',
      text: compactJson({
        inputs: [{ type: 'promptString', id: 'sallyport-token', description: 'Sallyport token', password: true }],
        servers: { sallyport: { type: 'http', url, headers: bearer(reference('input:sallyport-token')) } },
      }),
    },
    {
      client: 'A client without HTTP (Claude Desktop)',
      file: 'its configuration file',
      text: compactJson({
        mcpServers: {
          sallyport: {
            command: 'sallyport',
            args: ['connect', '--url', new URL(url).origin],
            env: { SALLYPORT_TOKEN: 'sp_…' },
          },
        },
      }),
    },
  ]
}
