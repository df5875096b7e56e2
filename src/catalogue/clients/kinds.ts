/**
 * The MCP clients whose configuration is read and rewired: where their files lie and under which member their servers
 * stand. Facts only; reading is `read.ts`, changing is `edit.ts`. A file that belongs to an administrator is listed, so
 * that its servers are seen, and never changed.
 */
import { join } from 'node:path'

export const clientKinds = ['claude-code', 'claude-desktop', 'cursor', 'vscode', 'codex', 'windsurf', 'gemini'] as const

export type ClientKind = (typeof clientKinds)[number]

/** The names people know the clients by. */
export const clientTitles: Readonly<Record<ClientKind, string>> = {
  'claude-code': 'Claude Code',
  'claude-desktop': 'Claude Desktop',
  cursor: 'Cursor',
  vscode: 'VS Code',
  codex: 'Codex',
  windsurf: 'Windsurf',
  gemini: 'Gemini CLI',
}

/** `local`: one person's servers for one project. `managed`: set by an administrator, never changed here. */
export type Scope = 'user' | 'local' | 'project' | 'managed'

/** One file a client reads. */
export interface ConfigPlace {
  readonly client: ClientKind
  readonly file: string
  readonly scope: Scope
  readonly format: 'jsonc' | 'toml'
  /** Where the servers stand: member names from the root. `*` is each member, as for the projects of Claude Code. */
  readonly at: readonly string[]
}

/** Where to look. Paths are absolute; `env` gives `APPDATA`, `CODEX_HOME`, `COPILOT_HOME` and `XDG_CONFIG_HOME`. */
export interface Surroundings {
  readonly home: string
  readonly project: string
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
}

const usual = ['mcpServers']

/** Every place where a client may keep servers, whether it exists or not; user files before those of the project. */
export function configPlaces(surroundings: Surroundings): readonly ConfigPlace[] {
  const { home, project, env } = surroundings
  const json = (client: ClientKind, scope: Scope, file: string, at = usual): ConfigPlace => ({
    client,
    scope,
    file,
    format: 'jsonc',
    at,
  })
  const claude = join(home, '.claude.json')
  return [
    json('claude-code', 'user', claude),
    json('claude-code', 'local', claude, ['projects', '*', 'mcpServers']),
    json('claude-code', 'project', join(project, '.mcp.json')),
    json('claude-code', 'managed', managedFile(surroundings)),
    json('claude-desktop', 'user', join(applicationFolder(surroundings), 'Claude', 'claude_desktop_config.json')),
    json('cursor', 'user', join(home, '.cursor', 'mcp.json')),
    json('cursor', 'project', join(project, '.cursor', 'mcp.json')),
    json('vscode', 'user', join(applicationFolder(surroundings), 'Code', 'User', 'mcp.json'), ['servers']),
    json('vscode', 'user', join(env['COPILOT_HOME'] ?? join(home, '.copilot'), 'mcp-config.json')),
    json('vscode', 'project', join(project, '.vscode', 'mcp.json'), ['servers']),
    {
      client: 'codex',
      scope: 'user',
      file: join(env['CODEX_HOME'] ?? join(home, '.codex'), 'config.toml'),
      format: 'toml',
      at: ['mcp_servers'],
    },
    json('windsurf', 'user', join(home, '.codeium', 'windsurf', 'mcp_config.json')),
    json('gemini', 'user', join(home, '.gemini', 'settings.json')),
    json('gemini', 'project', join(project, '.gemini', 'settings.json')),
  ]
}

/** Where desktop applications keep a person's settings. */
function applicationFolder({ home, platform, env }: Surroundings): string {
  if (platform === 'darwin') return join(home, 'Library', 'Application Support')
  if (platform === 'win32') return env['APPDATA'] ?? join(home, 'AppData', 'Roaming')
  return env['XDG_CONFIG_HOME'] ?? join(home, '.config')
}

function managedFile({ platform }: Surroundings): string {
  if (platform === 'darwin') return '/Library/Application Support/ClaudeCode/managed-mcp.json'
  if (platform === 'win32') return 'C:\\Program Files\\ClaudeCode\\managed-mcp.json'
  return '/etc/claude-code/managed-mcp.json'
}
