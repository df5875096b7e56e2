/**
 * The classes of OWASP that ratings name, in their own titles: Top 10 for LLM Applications 2025 and Top 10 for Agentic
 * Applications 2026. Only those that follow from what a tool can do (classify/owasp.ts).
 */
import type { RatedTool } from './rating.ts'

const titles: Readonly<Record<string, string>> = {
  'LLM01:2025': 'prompt injection',
  'LLM02:2025': 'sensitive information disclosure',
  'LLM05:2025': 'improper output handling',
  'LLM06:2025': 'excessive agency',
  'LLM10:2025': 'unbounded consumption',
  ASI01: 'agent goal hijack',
  ASI02: 'tool misuse and exploitation',
  ASI03: 'identity and privilege abuse',
  ASI05: 'unexpected code execution',
  ASI08: 'cascading failures',
  ASI09: 'human-agent trust exploitation',
}

/** `ASI02 tool misuse and exploitation, …`; nothing where no class applies. */
export function owaspTitles({ llm, agentic }: RatedTool['owasp']): string | undefined {
  const parts = [...llm, ...agentic].map(id => (titles[id] === undefined ? id : `${id} ${titles[id]}`))
  return parts.length === 0 ? undefined : parts.join(', ')
}
