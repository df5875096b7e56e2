/**
 * Parameters that hold code: SQL, scripts, commands, query documents, definitions that run elsewhere. What the language
 * can do decides: a query language that cannot write reads (guideline rule e), arbitrary SQL or script executes.
 */
import type { Parameter, Subject } from './subject.ts'

/** What kind of code an argument holds. */
export type CodeKind = 'sql' | 'script' | 'shell' | 'graphql' | 'query' | 'definition'

/** One parameter that holds code. */
export interface CodeParameter {
  readonly parameter: Parameter
  readonly kind: CodeKind
  /** The language, or the text about it, says that nothing is changed. */
  readonly isReadOnly: boolean
}

const scriptNames =
  /^(?:code|script|javascript|js|python|pythoncode|sourcecode|expression|function|functionbody|functionsource|functioncode|snippet|program|lua|applescript|osascript|jxa|powershell|gdscript|macro|initscript|scriptcontent|scriptbody|codetoexecute|jscode|evalcode|apexcode|apex|eval|formula|lambda|hogql)$/
const shellNames =
  /^(?:command|cmd|commandline|shellcommand|bashcommand|shell|commands|shellscript|rawcommand|commandtorun|exec|argv)$/
const sqlNames =
  /^(?:sql|sqlquery|sqlquerytext|sqlstatement|statement|statements|rawsql|sqlstatements|querysql|ddl|dml)$/
const queryNames =
  /^(?:query|querystring|querytext|queryexpression|querystr|q|search|searchquery|usql|rawquery|databasequery|querybody|pipeline|aggregation|aggregationpipeline|dsl|filterquery)$/
const readLanguages =
  /\b(?:soql|sosl|kql|kusto|promql|logql|jql|wiql|cql|nrql|lucene|jmespath|jsonpath|jq|xpath|sparql|dql|gaql|traceql|sumologic|spl|esql|es\|ql|query dsl|log query|metrics? query|trino explain|dax|groq|select (?:statement|quer(?:y|ies))|only select|select only|select-only|read-?only sql)\b/i
const sqlWords =
  /\b(?:sql|cypher|n1ql|clickhouse|postgres(?:ql)?|mysql|sqlite|duckdb|ddl|dml|insert|query plan|bigquery|t-sql|snowflake)\b/i
const graphqlWords = /\bgraphql\b/i
const pipelineWords = /\b(?:aggregation|pipeline|mongodb|mql)\b/i
const definitionNames =
  /^(?:manifest|yaml|yamlcontent|workflow|workflowdefinition|workflowjson|definition|template|templatebody|dockerfile|composefile|compose|configcontent|pipelineyaml|pipelinedefinition|workercode|functiondefinition|buildspec|cronjob|nodes|migrations?|specyaml|scriptfile|flowdefinition|rule|ruleset|policydocument|htmlcontent|manifestcontent)$/
const definitionWords =
  /\b(?:manifest|workflow (?:definition|json|content|code)|worker(?:'s)? (?:script|code)|docker ?file|docker-?compose|kubernetes|function code|pipeline (?:definition|config)|terraform|helm|user ?data|startup script|source code (?:of|for|to)|build config|template body|cloud-?init|hcl|lambda code|automation)\b/i
const codeWords =
  /\b(?:javascript|typescript|python|lua|applescript|powershell|gdscript|ruby|apex|jxa|bash|code|script|expression|function|middleware|handler|worker|lambda|hook)\b/i
const readOnlyClaim =
  /\bread[ -]?only\b|\b(?:only|just) (?:select|read|supports? select)\b|\bselect (?:statements?|queries) only\b|\bno (?:writes?|modifications?)\b|\bcannot (?:modify|write|change)\b|\b(?:insert|update|delete|ddl|dml|mutations?|writes?)\b[^.]{0,60}\b(?:not allowed|not permitted|blocked|rejected|forbidden|disallowed|are refused)\b/i

/** The parameters of a tool that hold code. */
export function codeParametersOf(subject: Subject): readonly CodeParameter[] {
  const found: CodeParameter[] = []
  for (const parameter of subject.parameters) {
    const kind = kindOf(parameter, subject)
    if (kind === undefined) continue
    const text = `${parameter.name} ${parameter.description} ${subject.name} ${subject.title} ${subject.description}`
    const isReadOnly = kind === 'query' || ((kind === 'sql' || kind === 'graphql') && readOnlyClaim.test(text))
    found.push({ parameter, kind, isReadOnly })
  }
  return found
}

function kindOf(parameter: Parameter, subject: Subject): CodeKind | undefined {
  const { folded, description, types, choices } = parameter
  if (choices.length > 0 || (parameter.holdsObjects && !/^(?:pipeline|aggregation)/.test(folded))) return undefined
  const isText = types.length === 0 || types.includes('string') || types.includes('array')
  if (folded === 'query' && types.includes('object') && isQueryDocument(parameter, subject)) return 'query'
  const isQueryObject =
    types.includes('object') && /^(?:querybody|pipeline|aggregation|querydsl|workflow|manifest)$/.test(folded)
  if (!isText && !isQueryObject) return undefined
  const aboutAll = () =>
    `${description} ${subject.name.replaceAll('_', ' ')} ${subject.title} ${subject.description.slice(0, 600)}`
  const own = `${parameter.name} ${description}`
  if (sqlNames.test(folded)) return 'sql'
  if (scriptNames.test(folded)) return isScript(parameter, subject) ? 'script' : undefined
  if (
    /^(?:input|keys|text|data|stdin)$/.test(folded) &&
    /\b(?:terminal|pty|tty|tmux|pane|repl|shell|stdin)\b/i.test(aboutAll()) &&
    /\b(?:send|write|input|types?\b)/i.test(aboutAll())
  )
    return 'shell'
  if (/^(?:args|argv|arguments)$/.test(folded) && isCommandLine(parameter, subject)) return 'shell'
  if (/^(?:build|start|install|pre\w+|post\w+|deploy|test|init|entry|docker)command$/.test(folded)) return 'definition'
  if (/^(?:sequence|actions|steps|playbook|plan)$/.test(folded) && /\b(?:yaml|script)\b/i.test(description))
    return 'definition'
  if (shellNames.test(folded)) return isShell(parameter, subject) ? 'shell' : undefined
  if (queryNames.test(folded)) return queryKind(folded, own, aboutAll())
  if (/graphql|gqlquery|mutation$/.test(folded) && !/^(?:is|has|include)/.test(folded)) return 'graphql'
  if (/^(?:jql|wiql|soql|kql|promql|logql|cql|nrql|expr|dql|jmespath|groq|spl|dax)(?:query|string)?$/.test(folded))
    return 'query'
  if (
    /(?:script|javascript|sql|cypher)(?:query|code|source|content|text|body)?$/.test(folded) &&
    !/(?:name|id|type|path|file|url|language|description|transcript|subscript|typescript|postscript)$/.test(folded)
  )
    return folded.includes('sql') || folded.includes('cypher') ? 'sql' : 'script'
  if (
    /\b(?:file ?path|full path|path to)\b/i.test(description) &&
    /^(?:manifest|template|definition|workflow)$/.test(folded)
  )
    return undefined
  if (/^(?:content|definition|body|code)$/.test(folded) && /workflow|lambda|worker/i.test(subject.name))
    return 'definition'
  if (
    definitionNames.test(folded) &&
    definitionWords.test(`${own} ${subject.name} ${subject.description.slice(0, 300)}`)
  )
    return 'definition'
  if (
    /^(?:content|body|source|text|yaml|config|spec)$/.test(folded) &&
    definitionWords.test(`${own} ${subject.name} ${subject.description.slice(0, 160)}`)
  )
    return 'definition'
  return undefined
}

/** A free object whose text says that it is a query. */
function isQueryDocument({ pointer }: Parameter, subject: Subject): boolean {
  return (
    /\b(?:query dsl|query document|elasticsearch|opensearch)\b/i.test(subject.description) &&
    !subject.parameters.some(each => each.pointer.startsWith(`${pointer}/`))
  )
}

function isScript({ folded, description }: Parameter, subject: Subject): boolean {
  if (
    folded === 'script' &&
    !/\b(?:content|execute\w*|run|code|source|body|javascript|python|lua|text|to evaluate|applied|inline|bash|shell|applescript)\b/i.test(
      description,
    ) &&
    !/\b(?:run|execut\w*|eval\w*)\b/i.test(subject.name.replaceAll(/[_-]/g, ' '))
  )
    return false
  if (
    /^(?:expression|formula|macro|lambda|program|eval|function)$/.test(folded) &&
    !/\b(?:javascript|typescript|python|lua|\w*script|evaluat\w*|execut\w*|code|apex|run program)\b/i.test(
      `${description} ${subject.name.replaceAll(/[_-]/g, ' ')} ${subject.description.slice(0, 200)}`,
    )
  )
    return false
  if (/^(?:code|function|expression|formula|macro|lambda|program|eval|script)$/.test(folded)) {
    if (
      /\b(?:verification|country|currency|language|postal|zip|promo|coupon|discount|status|error|exit|product|invite|airport|area|authori[sz]ation|2fa|otp|iso|color|cron|category|account|tax|project|unique|error) code\b|\bname\b|\bcode of\b/i.test(
        description,
      )
    )
      return false
    return (
      codeWords.test(`${description} ${subject.description.slice(0, 600)} ${subject.name}`) &&
      /script|javascript|python|execut|evaluat|run|code|function|expression|source|middleware|handler|worker|lambda|hook/i.test(
        `${description} ${subject.description.slice(0, 400)}`,
      )
    )
  }
  return true
}

/** `run_command args`: the whole command comes as a list. */
function isCommandLine({ isArray }: Parameter, subject: Subject): boolean {
  const head = `${subject.name.replaceAll(/[_.-]/g, ' ')} ${subject.description.slice(0, 160)}`
  return (
    isArray &&
    /\bcommands?\b/i.test(head) &&
    /\b(?:run|runs|execut\w+|sends?|invokes?)\b/i.test(head) &&
    !subject.parameters.some(each => shellNames.test(each.folded))
  )
}

function isShell({ description }: Parameter, subject: Subject): boolean {
  const text = `${description} ${subject.name} ${subject.description.slice(0, 400)}`
  if (/\b(?:command (?:router|to execute on the mcp|name)|sub-?commands?)\b/i.test(text)) return false
  if (
    subject.parameters.some(
      each => each.depth === 0 && /^(?:parameters|params|intent|learn|payload)$/.test(each.folded),
    )
  )
    return false
  return /\b(?:shell|terminal|bash|execut\w*|run|cli|command[- ]line|process|ssh|console|adb|powershell|argument)\b/i.test(
    text,
  )
}

function queryKind(folded: string, own: string, about: string): CodeKind | undefined {
  if (folded === 'pipeline' || folded.startsWith('aggregation'))
    return pipelineWords.test(about) && /stage|aggregat/i.test(about) ? 'sql' : undefined
  if (folded === 'search' || folded === 'q' || folded === 'searchquery')
    return graphqlWords.test(own) ? 'graphql' : /\bsql\b/i.test(own) ? 'sql' : undefined
  if (readLanguages.test(own)) return 'query'
  if (folded === 'querybody' || folded === 'dsl') return 'query'
  if (graphqlWords.test(own)) return 'graphql'
  if (sqlWords.test(own)) return 'sql'
  if (readLanguages.test(about)) return 'query'
  if (graphqlWords.test(about)) return 'graphql'
  return /\b(?:sql|cypher|statement)\b/i.test(about) ? 'sql' : undefined
}
