/**
 * The ids of the attack database, so that other code can name an entry without reading a file. One file
 * `data/attacks/<id>.yaml` stands behind each; a test holds the two equal.
 */

export const attackIds = [
  // protocol
  'argument-injection',
  'command-injection',
  'dns-rebinding',
  'duplicate-key-smuggling',
  'header-body-mismatch',
  'list-only-filter',
  'look-alike-values',
  'protocol-downgrade',
  'side-door-access',
  'type-confusion',
  // supply chain
  'command-registration',
  'credential-harvest',
  'malicious-package',
  'rug-pull',
  'tool-name-collision',
  // prompt and metadata
  'hidden-unicode',
  'indirect-prompt-injection',
  'line-jumping',
  'memory-poisoning',
  'schema-poisoning',
  'tool-poisoning',
  'tool-result-injection',
  'tool-shadowing',
  // agent behaviour
  'agent-drift',
  'approval-evasion',
  'bulk-change',
  'destructive-autonomy',
  'force-push',
  'message-flood',
  'pipe-to-shell',
  'unbounded-sql',
  'wrong-environment',
  // data
  'bulk-export',
  'cross-tenant-leak',
  'image-exfiltration',
  'mail-rule-persistence',
  'message-exfiltration',
  'path-traversal',
  'read-only-escape',
  'secret-in-result',
  'server-side-request-forgery',
  'url-exfiltration',
  // identity
  'identity-in-arguments',
  'missing-credential-fallback',
  'over-privileged-grant',
  'privilege-granting',
  'self-approval',
  'session-hijacking',
  'token-passthrough',
  // cost
  'context-flooding',
  'duplicate-payment',
  'paid-resource-sprawl',
  'runaway-loop',
  'wallet-drain',
] as const

/** The name of one attack of the database. */
export type AttackId = (typeof attackIds)[number]

export function isAttackId(text: string): text is AttackId {
  return (attackIds as readonly string[]).includes(text)
}
