// The script of the catalogue: copies code, and searches the start page. It loads one file of its own and sends nothing.

// -- copying ----------------------------------------------------------------------------------------------------------

document.addEventListener('click', event => {
  const button = event.target instanceof Element ? event.target.closest('button.copy') : null
  const code = button?.closest('figure')?.querySelector('code')
  if (code) void copy(button, code)
})

async function copy(button, code) {
  let said = 'Copied'
  try {
    await navigator.clipboard.writeText(code.textContent)
  } catch {
    // no clipboard without a secure context or permission: the text is selected instead
    getSelection()?.selectAllChildren(code)
    said = 'Selected'
  }
  button.textContent = said
  button.classList.add('done')
  setTimeout(() => {
    button.textContent = 'Copy'
    button.classList.remove('done')
  }, 2000)
}

// -- questions that an address points into --------------------------------------------------------------------------------

function openTarget() {
  const target = location.hash === '' ? null : document.getElementById(decodeURIComponent(location.hash.slice(1)))
  for (let each = target?.closest('details'); each; each = each.parentElement?.closest('details')) each.open = true
}
addEventListener('hashchange', openTarget)
openTarget()

// -- search -----------------------------------------------------------------------------------------------------------

const find = document.getElementById('find')
const shownMax = 60
const fields = ['q', 'can', 'flag', 'grade']
const levels = { Read: 'low', Write: 'medium', Execute: 'high', Destructive: 'critical', Financial: 'critical' }
let data

function search() {
  load()
  show()
}

/** The index is a script of its own: it is fetched when somebody is about to search. */
function load() {
  if (data !== undefined) return
  data = null
  const script = document.createElement('script')
  script.src = 'search-data.js'
  script.onload = () => {
    data = globalThis.searchData
    show()
  }
  document.head.append(script)
}

const value = name => document.getElementById(name).value
const holds = (text, asked) => asked.every(word => text.includes(word))

function matches(row, asked) {
  const { words, grade, can, flags } = row.dataset
  const wanted = value('can')
  if (wanted === 'only-Read' ? can !== 'Read' : wanted && !can.split(' ').includes(wanted)) return false
  if (value('flag') && !flags.split(' ').includes(value('flag'))) return false
  if (value('grade') && !value('grade').includes(grade)) return false
  return holds(words, asked)
}

function matchingTools(asked) {
  if (!data) return []
  const category = value('can') === 'only-Read' ? 0 : data.categories.indexOf(value('can'))
  const flag = data.flags.indexOf(value('flag'))
  return data.tools.filter(([server, , name, kind, flags, text]) => {
    if (category >= 0 && kind !== category) return false
    if (flag >= 0 && !flags.includes(flag)) return false
    return holds(`${name} ${data.servers[server][1]} ${text}`.toLowerCase(), asked)
  })
}

function show() {
  const asked = value('q').toLowerCase().split(/\s+/).filter(Boolean)
  const rows = [...document.getElementById('server-list').children]
  for (const row of rows) row.hidden = !matches(row, asked)
  const isAsking = asked.length > 0 || value('can') !== '' || value('flag') !== ''
  const tools = isAsking ? matchingTools(asked) : []
  document.getElementById('tool-list').replaceChildren(...tools.slice(0, shownMax).map(toolRow))
  document.getElementById('tool-results').hidden = tools.length === 0
  const servers = count(rows.filter(row => !row.hidden).length, 'server')
  const cut = tools.length > shownMax ? `, the first ${shownMax} are shown` : ''
  document.getElementById('found').textContent = isAsking ? `${servers}, ${count(tools.length, 'tool')}${cut}` : servers
  const kept = new URLSearchParams(fields.map(name => [name, value(name)]).filter(([, text]) => text !== ''))
  history.replaceState(null, '', kept.size === 0 ? location.pathname : `?${kept}`)
}

function count(number, noun) {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

function toolRow([server, folder, name, kind, flags, text]) {
  const row = document.createElement('li')
  const link = document.createElement('a')
  link.href = folder
  link.append(element('code', '', name))
  const category = data.categories[kind]
  const marks = [data.servers[server][1], ...flags.map(flag => data.flags[flag])].join(' · ')
  row.append(link, ' ', element('span', `badge ${levels[category]}`, category), ' ', element('span', 'marks', marks))
  row.append(element('p', '', text))
  return row
}

function element(tag, className, text) {
  const made = document.createElement(tag)
  if (className !== '') made.className = className
  made.textContent = text
  return made
}

// last: what the address asks for is searched at once
if (find) {
  const given = new URLSearchParams(location.search)
  for (const name of fields) if (given.has(name)) document.getElementById(name).value = given.get(name)
  find.addEventListener('focusin', load, { once: true })
  find.addEventListener('input', search)
  if (fields.some(name => given.has(name))) search()
}
