/**
 * What `npm run bench -- policy` decides: rules that deny, each written for the three engines, and calls for them. The
 * calls that are timed break no rule, so that every rule is evaluated; one call for every kind of rule breaks one, and is
 * only checked. Every argument is there and of its type, so that no engine needs a guard around a comparison.
 */
import type { DecisionInput } from '../src/policy/verdict.ts'
import type { JsonObject } from '../src/wire/json-types.ts'

export interface BenchRule {
  readonly condition: {
    readonly path: string
    readonly op: string
    readonly value: string | number | readonly string[]
  }
  /** Absent where the language has no such comparison. */
  readonly cel?: string
  readonly cedar?: string
}

/** `args` of a call that breaks this rule and perhaps others. */
interface BenchKind {
  readonly rule: (index: number) => BenchRule
  readonly broken: (index: number) => JsonObject
}

export interface BenchCase {
  readonly table: string
  readonly row: string
  readonly rules: number
  readonly tools: ReadonlyMap<string, readonly BenchRule[]>
  readonly passing: readonly DecisionInput[]
  readonly denied: readonly DecisionInput[]
  /** Which of the two are timed. */
  readonly timed: 'passing' | 'denied'
}

const sizes = [1, 100, 1_000, 10_000] as const
const called = 'create_charge'

const kinds = {
  gt: {
    rule: i => ({
      condition: { path: 'args.amount', op: 'gt', value: 10_000 + i },
      cel: `args.amount > ${10_000 + i}.0`,
      cedar: `context.args.amount > ${10_000 + i}`,
    }),
    broken: i => ({ amount: 10_001 + i }),
  },
  eq: {
    rule: i => ({
      condition: { path: 'args.currency', op: 'eq', value: `currency${i}` },
      cel: `args.currency == "currency${i}"`,
      cedar: `context.args.currency == "currency${i}"`,
    }),
    broken: i => ({ currency: `currency${i}` }),
  },
  in: {
    rule: i => ({
      condition: { path: 'args.customer', op: 'in', value: [`test_${i}`, `internal_${i}`, `closed_${i}`] },
      cel: `args.customer in ["test_${i}", "internal_${i}", "closed_${i}"]`,
      cedar: `["test_${i}", "internal_${i}", "closed_${i}"].contains(context.args.customer)`,
    }),
    broken: i => ({ customer: `internal_${i}` }),
  },
  starts_with: {
    rule: i => ({
      condition: { path: 'args.path', op: 'starts_with', value: `/srv/secret${i}/` },
      cel: `args.path.startsWith("/srv/secret${i}/")`,
      cedar: `context.args.path like "/srv/secret${i}/*"`,
    }),
    broken: i => ({ path: `/srv/secret${i}/key` }),
  },
  'gte, nested': {
    rule: i => ({
      condition: { path: 'args.meta.level', op: 'gte', value: 1_000 + i },
      cel: `args.meta.level >= ${1_000 + i}.0`,
      cedar: `context.args.meta.level >= ${1_000 + i}`,
    }),
    broken: i => ({ meta: { level: 1_000 + i } }),
  },
  contains: {
    rule: i => ({
      condition: { path: 'args.note', op: 'contains', value: `account ${i} ` },
      cel: `args.note.contains("account ${i} ")`,
      cedar: `context.args.note like "*account ${i} *"`,
    }),
    broken: i => ({ note: `move it to account ${i} today` }),
  },
  ends_with: {
    rule: i => ({
      condition: { path: 'args.email', op: 'ends_with', value: `@evil${i}.com` },
      cel: `args.email.endsWith("@evil${i}.com")`,
      cedar: `context.args.email like "*@evil${i}.com"`,
    }),
    broken: i => ({ email: `a@evil${i}.com` }),
  },
  glob: {
    rule: i => ({
      condition: { path: 'args.path', op: 'glob', value: `/srv/**/secret${i}/*.pem` },
      cedar: `context.args.path like "/srv/*/secret${i}/*.pem"`,
    }),
    broken: i => ({ path: `/srv/a/secret${i}/key.pem` }),
  },
  regex: {
    rule: i => {
      const pattern = [
        `\\b(drop|truncate)\\s+table_${i}\\b`,
        `^select .* from secret${i}$`,
        `(?i)delete\\s+from\\s+t${i}\\b`,
        `[;&|]\\s*rm${i}`,
      ][i % 4] as string
      return {
        condition: { path: 'args.sql', op: 'regex', value: pattern },
        cel: `args.sql.matches(${JSON.stringify(pattern)})`,
      }
    },
    broken: i => ({
      sql: [`drop  table_${i}`, `select a from secret${i}`, `DELETE from t${i} x`, `; rm${i}`][i % 4] as string,
    }),
  },
  cidr: {
    rule: i => ({
      condition: { path: 'args.ip', op: 'cidr', value: `10.${i % 256}.0.0/16` },
      cedar: `ip(context.args.ip).isInRange(ip("10.${i % 256}.0.0/16"))`,
    }),
    broken: i => ({ ip: `10.${i % 256}.3.4` }),
  },
  host_in: {
    rule: i => ({ condition: { path: 'args.url', op: 'host_in', value: [`evil${i}.com`, `*.evil${i}.com`] } }),
    broken: i => ({ url: `https://a.evil${i}.com/x` }),
  },
  'starts_with, URL': {
    rule: i => ({ condition: { path: 'args.url', op: 'starts_with', value: `https://evil${i}.com/` } }),
    broken: i => ({ url: `https://evil${i}.com/x` }),
  },
} as const satisfies Record<string, BenchKind>

/** The rules of the two tables of sizes, in turn. */
const common: readonly BenchKind[] = [kinds.gt, kinds.eq, kinds.in, kinds.starts_with, kinds['gte, nested']]

export function benchCases(): readonly BenchCase[] {
  const own = sizes.map(count => caseOf('rules of the tool called', `${count}`, count, common))
  const other = sizes.map(count => {
    const { tools, ...rest } = caseOf('rules of other tools', `${count}`, count, common)
    return { ...rest, tools: new Map([[called, rulesOf(common, 0, 1)], ...spread(count)]) }
  })
  const each = Object.entries(kinds).map(([name, kind]) => caseOf('100 rules of one operator', name, 100, [kind]))
  const denied = [100].map(count => ({
    ...caseOf('a denied call', `${count}`, count, common),
    timed: 'denied' as const,
  }))
  return [...own, ...other.map(each => ({ ...each, denied: each.denied.slice(0, 1) })), ...each, ...denied]
}

function caseOf(table: string, row: string, count: number, given: readonly BenchKind[]): BenchCase {
  const rules = rulesOf(given, 0, count)
  const last = Array.from({ length: Math.min(count, given.length) }, (_, back) => count - 1 - back)
  const denied = last.map(index => (given[index % given.length] as BenchKind).broken(index))
  return {
    table,
    row,
    rules: count,
    tools: new Map([[called, rules]]),
    passing: Array.from({ length: 16 }, (_, index) => callOf(argsOf(index))),
    denied: denied.reverse().map((args, index) => callOf({ ...argsOf(index), ...args })),
    timed: 'passing',
  }
}

function rulesOf(given: readonly BenchKind[], from: number, count: number): readonly BenchRule[] {
  return Array.from({ length: count }, (_, index) => {
    const kind = given[(from + index) % given.length] as BenchKind
    return kind.rule(from + index)
  })
}

/** `count` rules on other tools, ten to each. */
function spread(count: number): readonly (readonly [string, readonly BenchRule[]])[] {
  return Array.from({ length: Math.ceil(count / 10) }, (_, index) => {
    return [`other_${index}`, rulesOf(common, index * 10, Math.min(10, count - index * 10))] as const
  })
}

function argsOf(index: number): JsonObject {
  return {
    amount: 50 + index,
    currency: ['usd', 'eur', 'gbp', 'chf'][index % 4] as string,
    customer: `customer_${index}_of_the_shop`,
    path: `/home/me/project/src/folder${index}/file.txt`,
    meta: { level: index, source: 'agent' },
    note: `for the order of last week, number ${index * 77_777}, as agreed`,
    email: `someone${index}@example.com`,
    sql: `select id, name${index} from customers where created_at > now() order by name limit 100`,
    ip: `192.168.${index}.7`,
    url: `https://api.example.com/v1/items/${index}?full=1`,
  }
}

function callOf(args: JsonObject): DecisionInput {
  return {
    tool: called,
    args,
    caller: { id: 'ci-bot', kind: 'agent', roles: ['writer'], groups: ['platform'] },
    grant: { name: 'ci', labels: { team: 'payments' } },
    server: { name: 'stripe' },
    facts: { annotations: {} },
    timeMs: Date.UTC(2026, 10, 22, 14, 30),
  }
}
