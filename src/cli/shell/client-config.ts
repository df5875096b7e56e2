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

/** The short hint after a grant was made: one command for Claude Code, and where the other formats are. */
export function clientHint(gatewayUrl: string, servers: readonly string[]): string {
  const only = servers.length === 1 ? servers[0] : undefined
  return `point a client at it, for example Claude Code:
  export SALLYPORT_TOKEN=sp_…
  claude mcp add -t http ${only ?? 'sallyport'} ${endpoint(gatewayUrl, only)} \\
    -H 'Authorization: Bearer \${SALLYPORT_TOKEN}'
`
}

/** Configuration of the usual clients for one endpoint: title, file, and the text that goes into it. */
export function clientConfigurations(url: string): readonly { client: string; file: string; text: string }[] {
  const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })
  const json = (value: unknown) => JSON.stringify(value, null, 2)
  return [
    {
      client: 'Claude Code',
      file: '.mcp.json in the project',
      text: json({ mcpServers: { sallyport: { type: 'http', url, headers: bearer(reference('SALLYPORT_TOKEN')) } } }),
    },
    {
      client: 'Cursor',
      file: '.cursor/mcp.json in the project, or ~/.cursor/mcp.json',
      text: json({ mcpServers: { sallyport: { url, headers: bearer(reference('env:SALLYPORT_TOKEN')) } } }),
    },
    {
      client: 'VS Code',
      file: '.vscode/mcp.json in the project',
      text: json({
        inputs: [{ type: 'promptString', id: 'sallyport-token', description: 'Sallyport token', password: true }],
        servers: { sallyport: { type: 'http', url, headers: bearer(reference('input:sallyport-token')) } },
      }),
    },
    {
      client: 'A client without HTTP (Claude Desktop)',
      file: 'its configuration file',
      text: json({
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
